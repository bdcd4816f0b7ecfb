package io.loomline.concurrent;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;

/**
 * The library's threads. They inherit neither thread-locals nor a class loader from the thread that
 * starts them, because they would keep both in memory.
 */
public final class Threads {
    private static final Duration RETRY = Duration.ofMillis(1);

    private static final ThreadFactory NAMELESS =
            Thread.ofVirtual().inheritInheritableThreadLocals(false).factory();

    private Threads() {}

    /** An unstarted daemon platform thread. */
    public static Thread daemon(String name, Runnable body) {
        return platform(name, true, body);
    }

    /** An unstarted platform thread that keeps the JVM alive. */
    public static Thread keepingAlive(String name, Runnable body) {
        return platform(name, false, body);
    }

    private static Thread platform(String name, boolean daemon, Runnable body) {
        return Thread.ofPlatform()
                .daemon(daemon)
                .inheritInheritableThreadLocals(false)
                .name(name)
                .unstarted(body);
    }

    /** An unstarted virtual thread; without a name if that is null. */
    public static Thread virtual(@Nullable String name, Runnable body) {
        if (name == null) return NAMELESS.newThread(body);
        return Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).unstarted(body);
    }

    /** Starts a virtual thread. */
    public static Thread startVirtual(Runnable body) {
        Thread made = NAMELESS.newThread(body);
        made.start();
        return made;
    }

    /** Waits until a thread has ended. An interrupt meanwhile stays in the caller's status. */
    public static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /**
     * Interrupts a thread repeatedly until it has ended. An interrupt of the caller meanwhile stays
     * in the caller's status.
     */
    public static void interruptUntilEnded(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join(RETRY);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
