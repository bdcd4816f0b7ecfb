package io.loomline.task;

import java.lang.ref.Cleaner;

/** What is to be done when an object that somebody had was collected: one thread for all. */
final class Collected {
    private static final Cleaner CLEANER =
            Cleaner.create(Thread.ofPlatform().daemon().name("loomline-collected").factory());

    private Collected() {}

    /** The action must not refer to the object. */
    static void whenCollected(Object object, Runnable action) {
        CLEANER.register(object, action);
    }
}
