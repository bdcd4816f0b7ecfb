package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;

/**
 * Finds out whether all carriers do more work than a single one that cannot keep up. All are used
 * for a while, and the number of threads that the loop wakes per time is compared. If other
 * processes occupy the cores, more carriers do not help.
 *
 * <p><i>Threads:</i> the loop's.
 */
final class ParallelismTrial {
    /** How long one carrier may be behind before a trial; longer after trials without gain. */
    private static final long MIN_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

    private static final long MAX_DELAY_NANOS = TimeUnit.SECONDS.toNanos(2);

    static final long LENGTH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long all carriers are used after a gain; longer after repeated gains. */
    private static final long MIN_HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long MAX_HOLD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The ratio of work by which all carriers must exceed a single one. */
    private static final double GAIN = 1.25;

    /** Start of the count of woken threads. With one carrier: since when it is behind. */
    private long countStartNanos;

    private long woken;
    private double wokenPerNanoByOne;
    private boolean running;

    private long delayNanos = MIN_DELAY_NANOS;
    private long holdNanos = MIN_HOLD_NANOS;

    void woken(int count) {
        woken += count;
    }

    /** Restarts the count, because the single carrier has caught up or the conditions changed. */
    void restart(long now) {
        countStartNanos = now;
        woken = 0;
    }

    /** Whether the single carrier has been behind for long enough. */
    boolean isDue(long now) {
        return now - countStartNanos >= delayNanos;
    }

    /** Begins a trial: from now on all carriers are used. */
    void begin(long now) {
        wokenPerNanoByOne = wokenPerNano(now);
        running = true;
        restart(now);
    }

    /** Ends the trial without a result. */
    void cancel() {
        running = false;
    }

    /** Ends the trial. Returns how long to use all carriers from now on; 0 if there was no gain. */
    long end(long now) {
        if (!running) return 0;
        running = false;
        if (wokenPerNano(now) > GAIN * wokenPerNanoByOne) {
            delayNanos = MIN_DELAY_NANOS;
            return holdNanos = Math.min(2 * holdNanos, MAX_HOLD_NANOS);
        }
        delayNanos = Math.min(2 * delayNanos, MAX_DELAY_NANOS);
        holdNanos = MIN_HOLD_NANOS;
        return 0;
    }

    private double wokenPerNano(long now) {
        return (double) woken / (now - countStartNanos);
    }
}
