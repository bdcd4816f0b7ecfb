package io.loomline.observe;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** How long a connection has been waiting for its peer, in classes for a {@link Census}. */
public enum WaitBucket {
    /** Less than a second. */
    UNDER_1_S(Duration.ofSeconds(1)),

    /** At least 1 s, and less than 10 s. */
    UNDER_10_S(Duration.ofSeconds(10)),

    /** At least 10 s, and less than a minute. */
    UNDER_1_MIN(Duration.ofMinutes(1)),

    /** At least a minute, and less than 10 minutes. */
    UNDER_10_MIN(Duration.ofMinutes(10)),

    /** 10 minutes or more. */
    OVER_10_MIN(null),

    /** The time is not known: the task does not wait, or waits for something else than a peer. */
    UNKNOWN(null);

    private final @Nullable Duration below;

    WaitBucket(@Nullable Duration below) {
        this.below = below;
    }

    static WaitBucket of(@Nullable Duration waited) {
        if (waited == null) return UNKNOWN;
        for (WaitBucket each : values()) {
            if (each.below != null && waited.compareTo(each.below) < 0) return each;
        }
        return OVER_10_MIN;
    }
}
