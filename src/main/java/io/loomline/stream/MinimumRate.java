package io.loomline.stream;

import java.time.Duration;
import java.util.Objects;

/**
 * How fast a peer has to send a message during a read, and to take bytes during a write. See {@link
 * Limits#withMinimumRate}.
 *
 * @param bytesPerSecond the least bytes per second, on average; 0 for no minimum
 * @param after how long a call may be slower at first
 */
public record MinimumRate(long bytesPerSecond, Duration after) {
    /** No minimum. */
    public static final MinimumRate NONE = new MinimumRate(0, Duration.ofSeconds(1));

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the number is negative, or the time is not positive
     */
    public MinimumRate {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "bytesPerSecond " + bytesPerSecond + ": expected 0 or more");
        }
        if (!Objects.requireNonNull(after, "after").isPositive()) {
            throw new IllegalArgumentException("after " + after + ": expected more than 0");
        }
    }
}
