package io.loomline.task.supervision;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The permits of a group with a limit.
 *
 * <pre>
 *   limited ──the group is cancelled or closed──▶ lifted: new tasks never run
 * </pre>
 */
public final class StartLimit {
    private final int maxConcurrent;

    /** Fair: starts get permits in the order of their calls. */
    private final Semaphore permits;

    private final AtomicBoolean lifted = new AtomicBoolean();

    public StartLimit(int maxConcurrent) {
        this.maxConcurrent = maxConcurrent;
        this.permits = new Semaphore(maxConcurrent, true);
    }

    /** Takes a permit if one is free and no start waits for it. */
    public boolean tryPermit() {
        return !permits.hasQueuedThreads() && permits.tryAcquire();
    }

    /** Waits for a permit, in the order of the calls. */
    public void awaitPermit() throws InterruptedException {
        permits.acquire();
    }

    public void release() {
        permits.release();
    }

    /** Ends the limit, and with it the wait of all starts. */
    public void lift() {
        if (lifted.compareAndSet(false, true)) permits.release(Integer.MAX_VALUE - maxConcurrent);
    }
}
