package io.loomline.concurrent;

import java.time.Duration;

/**
 * Threads of the library. They inherit nothing from the thread that happens to start them: neither
 * thread-locals nor a class loader, which would both be kept for as long as the thread runs.
 */
public final class Threads {
    private static final Duration RETRY = Duration.ofMillis(1);

    private Threads() {}

    /** A daemon thread of the system, not started yet. */
    public static Thread daemon(String name, Runnable body) {
        return platform(name, true, body);
    }

    /** A thread of the system that keeps the JVM alive, not started yet. */
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

    /** A virtual thread, not started yet. */
    public static Thread virtual(String name, Runnable body) {
        return Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).unstarted(body);
    }

    /** Starts a virtual thread. */
    public static Thread startVirtual(Runnable body) {
        return Thread.ofVirtual().inheritInheritableThreadLocals(false).start(body);
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
     * Interrupts a thread until it has ended. An interrupt of the caller meanwhile stays in its
     * status.
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
