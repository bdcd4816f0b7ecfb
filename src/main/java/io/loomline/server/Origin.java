package io.loomline.server;

import io.loomline.server.AdmissionOptions.Rate;

import java.util.concurrent.TimeUnit;

/** The connections of one address or subnet. Guarded by the lock of {@link Origins}. */
final class Origin {
    /** Far beyond every period, and short enough for differences of clock readings. */
    private static final long LONGEST_PERIOD_NANOS = TimeUnit.DAYS.toNanos(36_500);

    final OriginKey key;

    /** How many connections it has. */
    int connections;

    /**
     * When its connects so far are paid for: each one moves this by the share of the period that
     * one connect has. Connects are too frequent if it is too far ahead.
     */
    private long paidNanos;

    Origin(OriginKey key, long nowNanos) {
        this.key = key;
        this.paidNanos = nowNanos;
    }

    boolean mayConnect(Rate rate, long nowNanos) {
        if (rate.connections() == Integer.MAX_VALUE) return true;
        return paidNanos - nowNanos <= (rate.connections() - 1) * shareNanos(rate);
    }

    void connected(Rate rate, long nowNanos) {
        connections++;
        if (rate.connections() == Integer.MAX_VALUE) return;
        if (paidNanos - nowNanos < 0) paidNanos = nowNanos;
        paidNanos += shareNanos(rate);
    }

    /** Whether earlier connects still limit the next ones. */
    boolean isRecent(long nowNanos) {
        return paidNanos - nowNanos > 0;
    }

    void forgetConnects(long nowNanos) {
        paidNanos = nowNanos;
    }

    private static long shareNanos(Rate rate) {
        long periodNanos = TimeUnit.NANOSECONDS.convert(rate.period()); // saturates
        return Math.max(1, Math.min(periodNanos, LONGEST_PERIOD_NANOS) / rate.connections());
    }
}
