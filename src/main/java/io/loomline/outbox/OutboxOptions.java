package io.loomline.outbox;

import java.time.Duration;
import java.util.Objects;

/**
 * The bound of an {@link Outbox}, and what happens at the bound.
 *
 * @param maxBytes the largest number of bytes in the queue; each message counts 32 bytes more than
 *     its length, so that the number of small messages is bounded too. It also bounds the length of
 *     one message: an outbox rejects a longer one, and a {@link Broadcast} drops it for this member
 * @param whenFull what happens to a message when the queue is full
 * @param maxWait the longest time for which {@code send} waits while the queue is full; used by
 *     {@link WhenFull#WAIT} only
 */
public record OutboxOptions(int maxBytes, WhenFull whenFull, Duration maxWait) {
    /** What happens to a message when the queue is full. */
    public enum WhenFull {
        /**
         * {@code send} waits. If the queue stays full for the maximum time, the connection is
         * aborted. {@code offer} does not wait, and drops the message. The other policies make no
         * difference between the two.
         */
        WAIT,
        /**
         * The oldest messages of the queue are dropped, as many as needed. Messages that are being
         * sent are not dropped.
         */
        DROP_OLDEST,
        /** The message is dropped. */
        DROP_NEWEST,
        /** The connection is aborted. */
        CUT
    }

    private static final int DEFAULT_MAX_BYTES = 1024 * 1024;

    private static final Duration DEFAULT_MAX_WAIT = Duration.ofSeconds(5);

    /** A queue of 1 MiB. When it is full, {@code send} waits while the queue is full, up to 5 s. */
    public static final OutboxOptions DEFAULT =
            new OutboxOptions(DEFAULT_MAX_BYTES, WhenFull.WAIT, DEFAULT_MAX_WAIT);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if {@code maxBytes} is less than 1, or {@code maxWait} is
     *     zero or negative
     */
    public OutboxOptions {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + ": expected 1 or more");
        }
        Objects.requireNonNull(whenFull, "whenFull");
        if (!Objects.requireNonNull(maxWait, "maxWait").isPositive()) {
            throw new IllegalArgumentException("maxWait " + maxWait + ": expected more than 0");
        }
    }

    /**
     * {@return a copy with another bound}
     *
     * @param maxBytes the largest number of bytes in the queue
     */
    public OutboxOptions withMaxBytes(int maxBytes) {
        return new OutboxOptions(maxBytes, whenFull, maxWait);
    }

    /**
     * {@return a copy with another policy}
     *
     * @param whenFull what happens to a message when the queue is full
     */
    public OutboxOptions withWhenFull(WhenFull whenFull) {
        return new OutboxOptions(maxBytes, whenFull, maxWait);
    }

    /**
     * {@return a copy with another maximum time}
     *
     * @param maxWait the longest time for which {@code send} waits while the queue is full
     */
    public OutboxOptions withMaxWait(Duration maxWait) {
        return new OutboxOptions(maxBytes, whenFull, maxWait);
    }
}
