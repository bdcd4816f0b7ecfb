package io.loomline.server;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/** What a server tells of its accepting. Noting something needs no memory. */
final class AcceptStatistics {
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    /** Written by those who accept. */
    private volatile @Nullable Throwable lastFailure;

    void accepted() {
        accepted.incrementAndGet();
    }

    /** A connection was lost before it could be served. */
    void failed() {
        failed.incrementAndGet();
    }

    /** Accepting has to pause, or could not go on, because of that. */
    void failure(Throwable e) {
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
