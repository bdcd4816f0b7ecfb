package io.loomline.connect;

import io.loomline.net.Connection;
import io.loomline.outbox.Outbox;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Reads the answers of a {@link Pipeline}, one at a time. Data that is no answer, such as a message
 * of a subscription, is handled by the reader itself.
 *
 * @param <A> the type of an answer, errors of the peer included
 */
@FunctionalInterface
public interface AnswerReader<A> {
    /**
     * Reads one answer, or one piece of other data and handles it. It is called when at least one
     * byte has arrived. It must wait for nothing but the rest of that data, because nothing else is
     * read meanwhile. In particular, a write to the connection throws an {@link
     * IllegalStateException}. To reply to the peer, use a {@link Replying} reader.
     *
     * @param connection the connection
     * @return the answer to the oldest request that has none yet; null if what was read is no
     *     answer
     * @throws IOException if the input is malformed or ends too early; ends this connection, as any
     *     other exception does
     * @throws InterruptedException if the caller was cancelled
     */
    @Nullable A read(Connection connection) throws IOException, InterruptedException;

    /**
     * Reads answers, and replies to data that is none, such as a keep-alive of the peer.
     *
     * @param <A> the type of an answer, errors of the peer included
     */
    @FunctionalInterface
    interface Replying<A> {
        /**
         * Reads one answer or one piece of other data, as {@link AnswerReader#read} does.
         *
         * @param connection the connection
         * @param replies takes replies to the peer, without waiting: they are sent between two
         *     requests. A peer that does not read them loses the connection when 1 MiB is queued
         * @return as {@link AnswerReader#read} does
         * @throws IOException as {@link AnswerReader#read} does
         * @throws InterruptedException if the caller was cancelled
         */
        @Nullable A read(Connection connection, Outbox replies)
                throws IOException, InterruptedException;
    }
}
