package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The permits of a group whose tasks are limited in number.
 *
 * <pre>
 *   limited ──the group is cancelled or closed──▶ lifted: what starts now never runs
 * </pre>
 */
final class StartLimit {
    private final int maxConcurrent;

    /** Fair, so that starts get permits in their order. */
    private final Semaphore permits;

    private final AtomicBoolean lifted = new AtomicBoolean();

    StartLimit(int maxConcurrent) {
        this.maxConcurrent = maxConcurrent;
        this.permits = new Semaphore(maxConcurrent, true);
    }

    /** The limit that a group's options ask for; null if they ask for none. */
    static @Nullable StartLimit of(GroupOptions options) {
        return options.isLimited() ? new StartLimit(options.maxConcurrent()) : null;
    }

    /** Waits for a permit; false if the caller is cancelled, which its next call reports. */
    boolean awaitPermit() {
        if (tryPermit()) return true;
        try {
            ScopeStack.checkCurrent();
            permits.acquire();
            return true;
        } catch (InterruptedException e) {
            var _ = ScopeStack.woken(e);
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Takes a permit if one is free and no start waits for it. */
    boolean tryPermit() {
        return !permits.hasQueuedThreads() && permits.tryAcquire();
    }

    void release() {
        permits.release();
    }

    /** Ends the limit, because waiting starts have nothing to wait for. */
    void lift() {
        if (lifted.compareAndSet(false, true)) permits.release(Integer.MAX_VALUE - maxConcurrent);
    }
}
