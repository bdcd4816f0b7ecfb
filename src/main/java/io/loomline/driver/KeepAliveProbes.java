package io.loomline.driver;

import java.time.Duration;
import java.util.Objects;

/**
 * When the kernel probes a silent peer. The kernel counts whole seconds: parts of a second are
 * rounded up.
 *
 * <p><i>Source:</i> TCP_KEEPCNT in <a
 * href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>: "The maximum number of
 * keepalive probes TCP should send before dropping the connection."
 *
 * @param idle how long the peer may be silent before the first probe: TCP_KEEPIDLE; zero keeps the
 *     kernel's default
 * @param interval the time between two probes: TCP_KEEPINTVL; zero keeps the kernel's default
 * @param count how many probes may stay unanswered: TCP_KEEPCNT; 0 keeps the kernel's default
 */
public record KeepAliveProbes(Duration idle, Duration interval, int count) {
    /** The kernel's defaults. */
    public static final KeepAliveProbes DEFAULT =
            new KeepAliveProbes(Duration.ZERO, Duration.ZERO, 0);

    /** MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL in Linux: the kernel refuses more. */
    private static final int MOST_SECONDS = 32_767;

    /** MAX_TCP_KEEPCNT in Linux. */
    private static final int MOST_PROBES = 127;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a time is negative or over 32767 s, or the count is
     *     negative or over 127
     */
    public KeepAliveProbes {
        requireSeconds("idle", idle);
        requireSeconds("interval", interval);
        if (count < 0 || count > MOST_PROBES) {
            throw new IllegalArgumentException(
                    "count %d: expected 0 to %d probes".formatted(count, MOST_PROBES));
        }
    }

    private static void requireSeconds(String name, Duration time) {
        Objects.requireNonNull(time, name);
        if (time.isNegative() || time.compareTo(Duration.ofSeconds(MOST_SECONDS)) > 0) {
            throw new IllegalArgumentException(
                    "%s %s: expected 0 to %d s".formatted(name, time, MOST_SECONDS));
        }
    }

    /**
     * The time before the first probe, as the kernel counts it.
     *
     * @return {@link #idle} in seconds, rounded up; 0 for the kernel's default
     */
    public int idleSeconds() {
        return seconds(idle);
    }

    /**
     * The time between two probes, as the kernel counts it.
     *
     * @return {@link #interval} in seconds, rounded up; 0 for the kernel's default
     */
    public int intervalSeconds() {
        return seconds(interval);
    }

    private static int seconds(Duration time) {
        return (int) time.plusNanos(999_999_999).toSeconds();
    }
}
