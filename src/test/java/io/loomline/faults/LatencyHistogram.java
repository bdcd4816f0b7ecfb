package io.loomline.faults;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts times in buckets, eight for each power of two, without allocating. */
final class LatencyHistogram {
    private static final int STEP_BITS = 3;
    private static final int STEPS = 1 << STEP_BITS;

    private final AtomicLongArray counts = new AtomicLongArray(64 * STEPS);

    void add(long nanos) {
        counts.incrementAndGet(bucket(Math.max(STEPS, nanos)));
    }

    private static int bucket(long nanos) {
        int power = 63 - Long.numberOfLeadingZeros(nanos);
        int step = (int) (nanos >>> (power - STEP_BITS)) & (STEPS - 1);
        return power * STEPS + step;
    }

    /** The 99th percentile, rounded up by an eighth at most, of the times since the last call. */
    Duration takeP99() {
        long[] taken = new long[counts.length()];
        long total = 0;
        for (int i = 0; i < taken.length; i++) total += taken[i] = counts.getAndSet(i, 0);
        long below = 0;
        for (int i = 0; i < taken.length; i++) {
            below += taken[i];
            if (below > 0 && below >= Math.ceil(total * 0.99)) return Duration.ofNanos(end(i));
        }
        return Duration.ZERO;
    }

    private static long end(int bucket) {
        int power = bucket / STEPS;
        return (long) (STEPS + bucket % STEPS + 1) << (power - STEP_BITS);
    }
}
