package io.loomline.connect;

import io.loomline.net.Connection;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Reads the answers of a {@link Pipeline}, one at a time. Data that is no answer, such as a message
 * of a subscription or a keep-alive of the peer, is handled by the reader itself.
 *
 * @param <A> the type of an answer, errors of the peer included
 */
@FunctionalInterface
public interface AnswerReader<A> {
    /**
     * Reads one answer, or one piece of other data and handles it. It is called when at least one
     * byte has arrived. It may write to the connection, for example the answer to a keep-alive. It
     * must not wait for an answer, because no answer is read meanwhile.
     *
     * @param connection the connection
     * @return the answer to the oldest request that has none yet; null if what was read is no
     *     answer
     * @throws IOException if the input is malformed or ends too early; ends this connection
     * @throws InterruptedException if the caller was cancelled
     */
    @Nullable A read(Connection connection) throws IOException, InterruptedException;
}
