package io.loomline.driver.carrier;

import io.loomline.concurrent.Threads;

import java.util.concurrent.locks.LockSupport;

/** A thread of a loop. It inherits no thread-locals from the thread that creates it. */
public final class LoopThread {
    private final Thread thread;

    private LoopThread(Thread thread) {
        this.thread = thread;
    }

    /**
     * Creates a virtual thread.
     *
     * @param name the thread's name
     * @param body runs in the thread once it is started
     * @return the thread, not started
     */
    public static LoopThread virtual(String name, Runnable body) {
        return new LoopThread(Threads.virtual(name, body));
    }

    /**
     * Creates a daemon platform thread.
     *
     * @param name the thread's name
     * @param body runs in the thread once it is started
     * @return the thread, not started
     */
    public static LoopThread platform(String name, Runnable body) {
        return new LoopThread(Threads.daemon(name, body));
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** Unparks the thread. */
    public void unpark() {
        LockSupport.unpark(thread);
    }

    /**
     * Whether the calling thread is this one.
     *
     * @return true if so
     */
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /**
     * Waits until the thread has ended. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> an interrupt does not end the wait; the status is set afterwards.
     */
    public void awaitEnd() {
        Threads.joinUninterruptibly(thread);
    }
}
