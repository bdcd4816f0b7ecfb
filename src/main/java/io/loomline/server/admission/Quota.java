package io.loomline.server.admission;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What each origin of one kind may have.
 *
 * @param connections how many connections at a time; {@link Integer#MAX_VALUE} for any number
 * @param connects how many connects in a period; {@link Integer#MAX_VALUE} for any number
 * @param period the period
 */
public record Quota(int connections, int connects, Duration period) {
    /** Far beyond every period, and short enough for differences of clock readings. */
    private static final long LONGEST_PERIOD_NANOS = TimeUnit.DAYS.toNanos(36_500);

    boolean limitsConnections() {
        return connections != Integer.MAX_VALUE;
    }

    boolean limitsConnects() {
        return connects != Integer.MAX_VALUE;
    }

    /** The part of the period that one connect takes. */
    long shareNanos() {
        long periodNanos = TimeUnit.NANOSECONDS.convert(period); // saturates
        return Math.max(1, Math.min(periodNanos, LONGEST_PERIOD_NANOS) / connects);
    }

    boolean hasRateOf(Quota other) {
        return connects == other.connects && period.equals(other.period);
    }
}
