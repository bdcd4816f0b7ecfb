package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;

/**
 * Whether all carriers do more than one that has been behind for a while: they are tried, and what
 * they wake is compared with what it woke. Where other processes have the cores, they do not.
 */
final class ParallelismTrial {
    /** How long one carrier may be behind before all are tried; longer if they did not help. */
    private static final long SHORTEST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

    private static final long LONGEST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    static final long LENGTH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long all are used if they helped; longer if they do so again. */
    private static final long SHORTEST_STAY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long LONGEST_STAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** By how much all carriers must do more than one to be worth it. */
    private static final double GAIN = 1.25;

    /** Since when so many were woken: while one carrier is used, since it has been behind. */
    private long countedFromNanos;

    private long woken;
    private double wokenPerNanoByOne;
    private boolean underWay;

    private long patienceNanos = SHORTEST_PATIENCE_NANOS;
    private long stayNanos = SHORTEST_STAY_NANOS;

    void woken(int count) {
        woken += count;
    }

    /** Counts from now on: the one carrier is up to date, or something else has changed. */
    void restart(long now) {
        countedFromNanos = now;
        woken = 0;
    }

    /** Whether the one carrier has been behind for long enough. */
    boolean isDue(long now) {
        return now - countedFromNanos >= patienceNanos;
    }

    /** From now on all are used. */
    void begin(long now) {
        wokenPerNanoByOne = wokenPerNano(now);
        underWay = true;
        restart(now);
    }

    /** Something else decides. */
    void cancel() {
        underWay = false;
    }

    /** Ends it; for how long all should be used from now on, 0 if they do not help. */
    long end(long now) {
        if (!underWay) return 0;
        underWay = false;
        if (wokenPerNano(now) > GAIN * wokenPerNanoByOne) {
            patienceNanos = SHORTEST_PATIENCE_NANOS;
            return stayNanos = Math.min(2 * stayNanos, LONGEST_STAY_NANOS);
        }
        patienceNanos = Math.min(2 * patienceNanos, LONGEST_PATIENCE_NANOS);
        stayNanos = SHORTEST_STAY_NANOS;
        return 0;
    }

    private double wokenPerNano(long now) {
        return (double) woken / (now - countedFromNanos);
    }
}
