package io.loomline.stream;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * How long a connection's calls may wait, and how much it may hold. A call that waits longer throws
 * {@link java.net.SocketTimeoutException}, which names the limit; it has lost nothing, and the
 * connection stays usable. A limit never fires early, and may fire a little late.
 *
 * @param readTimeout how long a read waits for a further byte
 * @param writeTimeout how long a write waits for the peer to take a further byte
 * @param lineTimeout how long one whole line, or frame, or what {@code readUntil} reads, may take
 *     from its first byte; neither a byte now and then nor writes of one's own extend it
 * @param idleTimeout how long a call waits while no byte moves in either direction
 * @param bufferBytes how many bytes the connection reads ahead at most, and how many written ones
 *     it keeps at most; a call that asks for more at once holds what it asked for
 */
public record Limits(
        Duration readTimeout,
        Duration writeTimeout,
        Duration lineTimeout,
        Duration idleTimeout,
        int bufferBytes) {
    /** A time that is never over: {@code limits.withIdleTimeout(Limits.NO_LIMIT)}. */
    public static final Duration NO_LIMIT = ChronoUnit.FOREVER.getDuration();

    private static final int DEFAULT_BUFFER_BYTES = 64 * 1024;

    /** Beyond this a time is "never": a century, so that sums of readings cannot overflow. */
    private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(36_500);

    /**
     * A line or frame takes at most 30 s, a stalled write 30 s, idling 5 min; 64 KiB in each
     * direction. Servers start with these; connections that we open start without the idle limit:
     * {@code ConnectOptions.DEFAULT}.
     */
    public static final Limits DEFAULT =
            new Limits(
                    NO_LIMIT,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    DEFAULT_BUFFER_BYTES);

    /** No limit of time; memory stays bounded: 64 KiB in each direction. */
    public static final Limits NONE =
            new Limits(NO_LIMIT, NO_LIMIT, NO_LIMIT, NO_LIMIT, DEFAULT_BUFFER_BYTES);

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException if a time is zero or negative, or {@code bufferBytes} less
     *     than 1
     */
    public Limits {
        requirePositive("readTimeout", readTimeout);
        requirePositive("writeTimeout", writeTimeout);
        requirePositive("lineTimeout", lineTimeout);
        requirePositive("idleTimeout", idleTimeout);
        if (bufferBytes < 1) {
            throw new IllegalArgumentException(
                    "bufferBytes " + bufferBytes + ": expected 1 or more");
        }
    }

    private static void requirePositive(String name, Duration timeout) {
        if (!Objects.requireNonNull(timeout, name).isPositive()) {
            throw new IllegalArgumentException(
                    name + " " + timeout + ": expected more than 0, or Limits.NO_LIMIT for none");
        }
    }

    /**
     * Whether a timeout ever expires.
     *
     * @param timeout the timeout
     * @return false for {@link #NO_LIMIT} and for anything over a century
     */
    public static boolean isLimit(Duration timeout) {
        return TimeUnit.NANOSECONDS.convert(timeout) <= NEVER_NANOS; // saturates
    }

    /**
     * A copy with another read timeout.
     *
     * @param readTimeout how long a read waits for a further byte
     * @return the copy
     */
    public Limits withReadTimeout(Duration readTimeout) {
        return new Limits(readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes);
    }

    /**
     * A copy with another write timeout.
     *
     * @param writeTimeout how long a write waits for the peer to take a further byte
     * @return the copy
     */
    public Limits withWriteTimeout(Duration writeTimeout) {
        return new Limits(readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes);
    }

    /**
     * A copy with another line timeout.
     *
     * @param lineTimeout how long one whole line, frame, or what ends with a delimiter may take
     * @return the copy
     */
    public Limits withLineTimeout(Duration lineTimeout) {
        return new Limits(readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes);
    }

    /**
     * A copy with another idle timeout.
     *
     * @param idleTimeout how long a call waits while no byte moves in either direction
     * @return the copy
     */
    public Limits withIdleTimeout(Duration idleTimeout) {
        return new Limits(readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes);
    }

    /**
     * A copy with another bound of what the connection holds.
     *
     * @param bufferBytes how many bytes at most it reads ahead, and how many written ones it keeps
     * @return the copy
     */
    public Limits withBufferBytes(int bufferBytes) {
        return new Limits(readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes);
    }
}
