package com.example;

import io.loomline.net.Connection;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Code as users write it, outside the packages of the library. */
public final class UserCode {
    private UserCode() {}

    /** Reads lines and drops them. */
    public static void readLines(Connection connection) throws Exception {
        while (connection.readLine() != null) Task.checkCancelled();
    }

    /** Waits in a call of the JDK. */
    public static void awaitLatch(CountDownLatch latch) throws InterruptedException {
        latch.await();
    }

    /** Waits for a task. */
    public static void join(Task<?> task) throws Exception {
        task.join();
    }

    /** Waits under a deadline. */
    public static void awaitWithin(CountDownLatch latch, Duration time) throws Exception {
        Deadline.after(time).run(latch::await);
    }

    /** Starts short tasks until it is cancelled. */
    public static void startTasks() throws Exception {
        while (true) {
            Task<?> task = Task.current().group().start(() -> Task.checkCancelled());
            task.join();
        }
    }

    /** Computes until it is told to stop. */
    public static void spin(AtomicBoolean stop) {
        while (!stop.get()) Thread.onSpinWait();
    }
}
