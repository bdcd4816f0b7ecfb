package io.loomline.observe.command;

import java.util.concurrent.CountDownLatch;

/** A program that does not use the library. */
final class Bystander {
    private Bystander() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.out.println("ready");
        new CountDownLatch(1).await();
    }
}
