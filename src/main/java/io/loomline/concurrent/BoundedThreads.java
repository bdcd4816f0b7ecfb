package io.loomline.concurrent;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A bounded number of daemon platform threads, for native calls that would hold a carrier. Callers
 * beyond the bound wait in the order in which they came. A thread without work ends soon.
 */
public final class BoundedThreads {
    /** Short, because creating a thread takes less time than most calls that run on one. */
    private static final long KEEP_ALIVE_MILLIS = 100;

    /** The thread of these that runs the code; bound while one does. */
    private static final ScopedValue<Thread> WORKER = ScopedValue.newInstance();

    private final Semaphore permits;

    /** Unbounded: {@link #permits} bounds the number of calls. */
    private final ExecutorService threads;

    /**
     * Creates the bound; it has no thread yet.
     *
     * @param name the names of the threads start with it
     * @param maxConcurrent the largest number of calls that run at the same time
     */
    public BoundedThreads(String name, int maxConcurrent) {
        permits = new Semaphore(maxConcurrent, true);
        threads =
                new ThreadPoolExecutor(
                        0,
                        Integer.MAX_VALUE,
                        KEEP_ALIVE_MILLIS,
                        TimeUnit.MILLISECONDS,
                        new SynchronousQueue<>(),
                        Thread.ofPlatform()
                                .daemon()
                                .inheritInheritableThreadLocals(false)
                                .name(name + "-", 0)
                                .factory());
    }

    /** Whether the calling thread is one of these. It must not wait for another one. */
    static boolean isCallerOneOfThem() {
        return WORKER.isBound() && WORKER.get() == Thread.currentThread();
    }

    /** Waits for a permit. The caller must {@link #execute} or {@link #release} next. */
    public void acquire() throws InterruptedException {
        permits.acquire();
    }

    /** Returns a permit that was not used. */
    public void release() {
        permits.release();
    }

    /**
     * Runs an action on one of the threads, with the permit of the caller, and releases the permit
     * afterwards, also if this throws.
     *
     * @param action must not throw
     */
    public void execute(Runnable action) {
        boolean handedOver = false;
        try {
            threads.execute(() -> runAndRelease(action));
            handedOver = true;
        } finally {
            if (!handedOver) release(); // no thread could be started
        }
    }

    private void runAndRelease(Runnable action) {
        try {
            ScopedValue.where(WORKER, Thread.currentThread()).run(action);
        } finally {
            release();
        }
    }
}
