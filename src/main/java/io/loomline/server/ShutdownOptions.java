package io.loomline.server;

import java.time.Duration;
import java.util.Objects;

/**
 * How a server shuts down. See {@link Server#shutdown(ShutdownOptions)}.
 *
 * @param grace how long connections have to end by themselves, from the moment at which the server
 *     refuses new clients
 * @param readinessDelay how long the server goes on accepting before that, while {@link
 *     Server#isReady} is false already, so that load balancers see it and send no more clients
 * @param noticeOver the time over which the notices to the connections are spread evenly, so that
 *     clients do not reconnect to the next node all at once; at most the grace period counts
 */
public record ShutdownOptions(Duration grace, Duration readinessDelay, Duration noticeOver) {
    /** A grace period of 10 s, without a delay, and all notices at once. */
    public static final ShutdownOptions DEFAULT =
            new ShutdownOptions(Duration.ofSeconds(10), Duration.ZERO, Duration.ZERO);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a duration is negative
     */
    public ShutdownOptions {
        requireNotNegative("grace", grace);
        requireNotNegative("readinessDelay", readinessDelay);
        requireNotNegative("noticeOver", noticeOver);
    }

    private static void requireNotNegative(String name, Duration duration) {
        if (Objects.requireNonNull(duration, name).isNegative()) {
            throw new IllegalArgumentException(name + " " + duration + ": expected 0 or more");
        }
    }

    /**
     * The default options with another grace period.
     *
     * @param grace how long connections have to end by themselves
     * @return the options
     * @throws IllegalArgumentException if it is negative
     */
    public static ShutdownOptions within(Duration grace) {
        return DEFAULT.withGrace(grace);
    }

    /**
     * A copy with another {@code grace}.
     *
     * @param grace how long connections have to end by themselves
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     */
    public ShutdownOptions withGrace(Duration grace) {
        return new ShutdownOptions(grace, readinessDelay, noticeOver);
    }

    /**
     * A copy with another {@code readinessDelay}.
     *
     * @param readinessDelay how long the server goes on accepting while it is not ready
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     */
    public ShutdownOptions withReadinessDelay(Duration readinessDelay) {
        return new ShutdownOptions(grace, readinessDelay, noticeOver);
    }

    /**
     * A copy whose notices are spread evenly over a time, so that the clients do not reach the next
     * node at once: {@code ShutdownOptions.within(grace).over(time)}.
     *
     * @param noticeOver the time over which the notices are spread; at most the grace period counts
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     */
    public ShutdownOptions over(Duration noticeOver) {
        return new ShutdownOptions(grace, readinessDelay, noticeOver);
    }
}
