package io.loomline.net;

import java.time.Duration;

/**
 * How a connection is made.
 *
 * @param timeout how long it may take, with resolving the name and all addresses
 */
public record ConnectOptions(Duration timeout) {
    /** A timeout of 10 s. */
    public static final ConnectOptions DEFAULT = new ConnectOptions(Duration.ofSeconds(10));

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the timeout is zero or negative
     */
    public ConnectOptions {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + ": expected more than 0");
        }
    }

    /**
     * A copy with another timeout.
     *
     * @param timeout how long connecting may take, with resolving the name and all addresses
     * @return the copy
     */
    public ConnectOptions withTimeout(Duration timeout) {
        return new ConnectOptions(timeout);
    }
}
