package io.loomline.connect;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The delays between attempts: exponential, bounded, and with jitter.
 *
 * @param first the delay after the first failure
 * @param longest the upper bound of every delay
 * @param factor the ratio of each delay to the one before
 * @param jitter the part of a delay that is random, from 0 for none to 1 for all of it. It keeps
 *     thousands of clients from returning to a server at the same moment.
 */
public record Backoff(Duration first, Duration longest, double factor, double jitter) {
    /** From 100 ms to 30 s, doubling; one half of each delay is random. */
    public static final Backoff DEFAULT =
            new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30), 2, 0.5);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the first delay is not positive, the longest is less than
     *     the first, the factor is less than 1 or infinite, or the jitter is not between 0 and 1
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
     * A copy with other delays.
     *
     * @param first the delay after the first failure
     * @param longest the upper bound of every delay
     * @return the copy
     */
    public Backoff withWaits(Duration first, Duration longest) {
        return new Backoff(first, longest, factor, jitter);
    }

    /**
     * A copy with another factor.
     *
     * @param factor the ratio of each delay to the one before, at least 1
     * @return the copy
     */
    public Backoff withFactor(double factor) {
        return new Backoff(first, longest, factor, jitter);
    }

    /**
     * A copy with another jitter.
     *
     * @param jitter the part of a delay that is random, from 0 to 1
     * @return the copy
     */
    public Backoff withJitter(double jitter) {
        return new Backoff(first, longest, factor, jitter);
    }

    /**
     * The delay before the next attempt.
     *
     * @param failures how many attempts in a row have failed, at least 1
     * @param random the source of the jitter
     * @return the delay
     * @throws IllegalArgumentException if {@code failures} is less than 1
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
