package io.loomline.stream;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The timeouts and the buffer size of a connection. A call that exceeds a timeout throws {@link
 * java.net.SocketTimeoutException}, which names the limit. The call loses no byte, and the
 * connection stays usable. A timeout never expires early, but may expire a little late.
 *
 * @param readTimeout the longest time a read waits for a further byte
 * @param writeTimeout the longest time a write waits for the peer to take a further byte
 * @param lineTimeout the longest time from the first byte of a line or another message to its end;
 *     neither single bytes nor writes of this side extend it. It holds for {@code readLine}, {@code
 *     readFrame}, {@code readUntil}, {@code readExactly} and {@code peek}; a body that may take
 *     longer is read with the other calls
 * @param idleTimeout the longest time a call waits while no byte moves in either direction
 * @param bufferBytes the largest number of bytes that the connection reads ahead, and of written
 *     bytes that it buffers; a single call that needs more may exceed it
 * @param minimumRate how fast the peer has to send a message during a read, and to take bytes
 *     during a write: {@link #withMinimumRate}
 */
public record Limits(
        Duration readTimeout,
        Duration writeTimeout,
        Duration lineTimeout,
        Duration idleTimeout,
        int bufferBytes,
        MinimumRate minimumRate) {
    /** A timeout that never expires: {@code limits.withIdleTimeout(Limits.NO_LIMIT)}. */
    public static final Duration NO_LIMIT = ChronoUnit.FOREVER.getDuration();

    private static final int DEFAULT_BUFFER_BYTES = 64 * 1024;

    /**
     * Longer timeouts never expire. A century, so that sums with clock readings do not overflow.
     */
    private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(36_500);

    /**
     * 30 s for a line or other message, 30 s for a stalled write, 5 min for an idle connection, no
     * read timeout, and 64 KiB in each direction. Accepted connections start with these limits.
     * Connections that you open start without the idle timeout: {@code ConnectOptions.DEFAULT}.
     */
    public static final Limits DEFAULT =
            new Limits(
                    NO_LIMIT,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    DEFAULT_BUFFER_BYTES,
                    MinimumRate.NONE);

    /** No timeouts; memory stays bounded to 64 KiB in each direction. */
    public static final Limits NONE =
            new Limits(
                    NO_LIMIT, NO_LIMIT, NO_LIMIT, NO_LIMIT, DEFAULT_BUFFER_BYTES, MinimumRate.NONE);

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException if a timeout is zero or negative, or {@code bufferBytes} is
     *     less than 1
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
        Objects.requireNonNull(minimumRate, "minimumRate");
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
     * @return false for {@link #NO_LIMIT} and for timeouts of more than a century
     */
    public static boolean isLimit(Duration timeout) {
        return TimeUnit.NANOSECONDS.convert(timeout) <= NEVER_NANOS; // saturates
    }

    /**
     * A copy with another read timeout.
     *
     * @param readTimeout the longest time a read waits for a further byte
     * @return the copy
     */
    public Limits withReadTimeout(Duration readTimeout) {
        return new Limits(
                readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes, minimumRate);
    }

    /**
     * A copy with another write timeout.
     *
     * @param writeTimeout the longest time a write waits for the peer to take a further byte
     * @return the copy
     */
    public Limits withWriteTimeout(Duration writeTimeout) {
        return new Limits(
                readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes, minimumRate);
    }

    /**
     * A copy with another line timeout.
     *
     * @param lineTimeout the longest time from the first byte of a line or other message to its end
     * @return the copy
     */
    public Limits withLineTimeout(Duration lineTimeout) {
        return new Limits(
                readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes, minimumRate);
    }

    /**
     * A copy with another idle timeout.
     *
     * @param idleTimeout the longest time a call waits while no byte moves in either direction
     * @return the copy
     */
    public Limits withIdleTimeout(Duration idleTimeout) {
        return new Limits(
                readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes, minimumRate);
    }

    /**
     * A copy with another buffer size.
     *
     * @param bufferBytes the largest number of bytes read ahead, and of written bytes buffered
     * @return the copy
     */
    public Limits withBufferBytes(int bufferBytes) {
        return new Limits(
                readTimeout, writeTimeout, lineTimeout, idleTimeout, bufferBytes, minimumRate);
    }

    /**
     * A copy with a minimum rate, against peers that send or read a little at a time, so that no
     * timeout expires. A call throws once it has waited for {@code after}, if the peer has moved
     * fewer bytes than the rate demands for the time that was spent waiting.
     *
     * <p>A read counts from the first byte of a message, so a connection may be idle between
     * messages. Messages are those of {@code readLine}, {@code readFrame}, {@code readUntil},
     * {@code readExactly} and {@code peek}, and the bodies of {@code inputStream(length)}, {@code
     * readAll}, {@code skipFully} and {@code transferTo}. All reads of a body count together,
     * without the time between them. The other reads take what has arrived and know no message: the
     * rate does not hold for them, nor for {@code Protocol.received} and relays.
     *
     * <p>A write counts from its first wait. The kernel reports only now and then that the peer has
     * taken bytes, so choose a time in which a good peer empties a third of the send buffer.
     *
     * @param bytesPerSecond the least bytes per second, on average; 0 for no minimum
     * @param after how long a call may be slower at first
     * @return the copy
     * @throws IllegalArgumentException if the number is negative, or the time is not positive
     */
    public Limits withMinimumRate(long bytesPerSecond, Duration after) {
        return new Limits(
                readTimeout,
                writeTimeout,
                lineTimeout,
                idleTimeout,
                bufferBytes,
                new MinimumRate(bytesPerSecond, after));
    }
}
