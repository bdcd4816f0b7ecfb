package io.loomline.server;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many connections a server accepted, refused, delayed and lost, and its last failure. Updates
 * allocate nothing, so that they succeed when memory is short.
 */
final class AcceptStatistics {
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    // of connections that have ended
    private final LongAdder read = new LongAdder();
    private final LongAdder written = new LongAdder();

    // the maps themselves never change
    private final Map<AdmissionReason, AtomicLong> refused = newCounts();
    private final Map<AdmissionReason, AtomicLong> delayed = newCounts();

    /** Written by the accepting tasks. */
    private volatile @Nullable Throwable lastFailure;

    void countAccepted() {
        accepted.incrementAndGet();
    }

    /** Counts connections that were closed before the handler got them, without an error. */
    void countRefused(AdmissionReason reason, int connections) {
        count(refused, reason, connections);
    }

    /** Counts a pause of accepting, during which clients wait in the backlog. */
    void countDelay(AdmissionReason reason) {
        count(delayed, reason, 1);
    }

    /** Counts a connection that ended before the handler got it. */
    void countUnserved(boolean failed, AdmissionReason otherwise) {
        if (failed) countFailed();
        else countRefused(otherwise, 1);
    }

    /** Counts a connection that was lost before it could be served. */
    void countFailed() {
        failed.incrementAndGet();
    }

    /** Counts the bytes of a connection that has ended. */
    void countBytes(long bytesRead, long bytesWritten) {
        read.add(Math.max(0, bytesRead));
        written.add(bytesWritten);
    }

    long bytesRead() {
        return read.sum();
    }

    long bytesWritten() {
        return written.sum();
    }

    /** Records why accepting pauses or has ended. */
    void recordFailure(Throwable e) {
        lastFailure = e;
    }

    long acceptedCount() {
        return accepted.get();
    }

    long refusedCount() {
        return refused.values().stream().mapToLong(AtomicLong::get).sum();
    }

    long failedCount() {
        return failed.get();
    }

    Map<AdmissionReason, Long> refusals() {
        return snapshot(refused);
    }

    Map<AdmissionReason, Long> delays() {
        return snapshot(delayed);
    }

    private static Map<AdmissionReason, AtomicLong> newCounts() {
        var counts = new EnumMap<AdmissionReason, AtomicLong>(AdmissionReason.class);
        for (AdmissionReason each : AdmissionReason.values()) counts.put(each, new AtomicLong());
        return counts;
    }

    private static void count(
            Map<AdmissionReason, AtomicLong> counts, AdmissionReason reason, int n) {
        Objects.requireNonNull(counts.get(reason)).addAndGet(n);
    }

    private static Map<AdmissionReason, Long> snapshot(Map<AdmissionReason, AtomicLong> counts) {
        var all = new EnumMap<AdmissionReason, Long>(AdmissionReason.class);
        counts.forEach((reason, count) -> all.put(reason, count.get()));
        return Collections.unmodifiableMap(all);
    }

    @Nullable Throwable lastFailure() {
        return lastFailure;
    }
}
