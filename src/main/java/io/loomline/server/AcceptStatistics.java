package io.loomline.server;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many connections a server accepted and lost, and its last failure. Updates allocate nothing,
 * so that they succeed when memory is short.
 */
final class AcceptStatistics {
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    /** Written by the accepting tasks. */
    private volatile @Nullable Throwable lastFailure;

    void countAccepted() {
        accepted.incrementAndGet();
    }

    /** Counts a connection that was lost before it could be served. */
    void countFailed() {
        failed.incrementAndGet();
    }

    /** Records why accepting pauses or has ended. */
    void recordFailure(Throwable e) {
        lastFailure = e;
    }

    long acceptedCount() {
        return accepted.get();
    }

    long failedCount() {
        return failed.get();
    }

    @Nullable Throwable lastFailure() {
        return lastFailure;
    }
}
