package io.loomline.connect;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: each time longer, up to a bound, and not all at the same
 * moment.
 *
 * @param first the wait after the first failure
 * @param longest no wait is longer
 * @param factor by how much each wait is longer than the one before
 * @param jitter which part of a wait is left to chance, from 0 for none to 1 for all of it, so that
 *     thousands of clients do not come back to a server at the same moment
 */
public record Backoff(Duration first, Duration longest, double factor, double jitter) {
    /** From 100 ms, doubling, to 30 s, of which one half is left to chance. */
    public static final Backoff DEFAULT =
            new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30), 2, 0.5);

    /**
     * Checks the figures.
     *
     * @throws IllegalArgumentException if the first wait is not more than 0, the longest is less
     *     than the first, the factor less than 1, or the jitter not between 0 and 1
     */
    public Backoff {
        require(first.isPositive(), "first", first, "more than 0");
        require(longest.compareTo(first) >= 0, "longest", longest, "at least first, " + first);
        require(factor >= 1 && factor < Double.POSITIVE_INFINITY, "factor", factor, "1 or more");
        require(jitter >= 0 && jitter <= 1, "jitter", jitter, "0 to 1");
    }

    private static void require(boolean holds, String name, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(name + " " + value + ": expected " + expected);
        }
    }

    /**
     * A copy with other waits.
     *
     * @param first the wait after the first failure
     * @param longest no wait is longer
     * @return the copy
     */
    public Backoff withWaits(Duration first, Duration longest) {
        return new Backoff(first, longest, factor, jitter);
    }

    /**
     * A copy with another factor.
     *
     * @param factor by how much each wait is longer than the one before, at least 1
     * @return the copy
     */
    public Backoff withFactor(double factor) {
        return new Backoff(first, longest, factor, jitter);
    }

    /**
     * A copy with another jitter.
     *
     * @param jitter which part of a wait is left to chance, from 0 to 1
     * @return the copy
     */
    public Backoff withJitter(double jitter) {
        return new Backoff(first, longest, factor, jitter);
    }

    /**
     * How long to wait.
     *
     * @param failures how many tries have failed in a row, at least 1
     * @param random where chance comes from
     * @return the wait
     * @throws IllegalArgumentException if the number is less than 1
     */
    public Duration delay(int failures, RandomGenerator random) {
        require(failures >= 1, "failures", failures, "1 or more");
        Objects.requireNonNull(random, "random");
        double nanos =
                (double) TimeUnit.NANOSECONDS.convert(first) * Math.pow(factor, failures - 1);
        double bounded = Math.min(nanos, (double) TimeUnit.NANOSECONDS.convert(longest));
        return Duration.ofNanos((long) (bounded * (1 - jitter * random.nextDouble())));
    }
}
