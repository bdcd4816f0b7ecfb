package io.loomline.server;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many connections a server accepted, refused and lost, and its last failure. Updates allocate
 * nothing, so that they succeed when memory is short.
 */
final class AcceptStatistics {
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    /** Written by the accepting tasks. */
    private volatile @Nullable Throwable lastFailure;

    void countAccepted() {
        accepted.incrementAndGet();
    }

    /** Counts connections that were closed before the handler got them, without an error. */
    void countRefused(int connections) {
        refused.addAndGet(connections);
    }

    /** Counts a connection that ended before the handler got it. */
    void countUnserved(boolean failed) {
        if (failed) countFailed();
        else countRefused(1);
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

    long refusedCount() {
        return refused.get();
    }

    long failedCount() {
        return failed.get();
    }

    @Nullable Throwable lastFailure() {
        return lastFailure;
    }
}
