package io.loomline.net;

import java.time.Duration;
import java.util.Objects;

/**
 * How a connection is made.
 *
 * @param timeout how long it may take, with resolving the name and all addresses
 * @param limits how long calls of the connection may wait, and how much it may hold
 */
public record ConnectOptions(Duration timeout, Limits limits) {
    /** A timeout of 10 s, and {@link Limits#DEFAULT}. */
    public static final ConnectOptions DEFAULT =
            new ConnectOptions(Duration.ofSeconds(10), Limits.DEFAULT);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the timeout is zero or negative
     */
    public ConnectOptions {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + ": expected more than 0");
        }
        Objects.requireNonNull(limits, "limits");
    }

    /**
     * A copy with another timeout.
     *
     * @param timeout how long connecting may take, with resolving the name and all addresses
     * @return the copy
     */
    public ConnectOptions withTimeout(Duration timeout) {
        return new ConnectOptions(timeout, limits);
    }

    /**
     * A copy with other limits.
     *
     * @param limits how long calls of the connection may wait, and how much it may hold
     * @return the copy
     */
    public ConnectOptions withLimits(Limits limits) {
        return new ConnectOptions(timeout, limits);
    }
}
