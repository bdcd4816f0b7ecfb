package io.loomline.server.admission;

/** The connections of one address or subnet. Guarded by the lock of {@link Origins}. */
final class Origin {
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

    boolean mayConnect(Quota quota, long nowNanos) {
        if (!quota.limitsConnects()) return true;
        return paidNanos - nowNanos <= (quota.connects() - 1) * quota.shareNanos();
    }

    void connected(Quota quota, long nowNanos) {
        if (!quota.limitsConnects()) return;
        if (paidNanos - nowNanos < 0) paidNanos = nowNanos;
        paidNanos += quota.shareNanos();
    }

    /** Whether earlier connects still limit the next ones. */
    boolean isRecent(long nowNanos) {
        return paidNanos - nowNanos > 0;
    }

    void forgetConnects(long nowNanos) {
        paidNanos = nowNanos;
    }
}
