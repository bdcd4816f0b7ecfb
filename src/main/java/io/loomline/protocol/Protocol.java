package io.loomline.protocol;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * The callbacks of one connection. They run one at a time and in this order:
 *
 * <pre>
 *   connected ──▶ received* ──▶ inputEnded? ──▶ disconnected
 *                    tlsStarted?, draining?, writingPaused, writingResumed: between the first
 *                    and the last
 * </pre>
 *
 * <p>{@code connected}, {@code inputEnded} and {@code disconnected} run at most once, and {@code
 * disconnected} always runs after {@code connected}. A callback that throws ends the connection:
 * the exception is logged and passed to {@code disconnected}.
 *
 * <p><i>Threads:</i> all callbacks run on the connection's own virtual thread, so they may block. A
 * blocked callback delays the other callbacks of its connection only. Blocking calls throw {@link
 * InterruptedException} when the connection's task is cancelled.
 *
 * <p>The interface follows the protocols of Python's asyncio (PEP 3156) and of Twisted.
 */
public interface Protocol {
    /**
     * The connection is established.
     *
     * @param transport writes to the connection and closes it
     * @throws Exception any exception ends the connection
     */
    default void connected(Transport transport) throws Exception {}

    /**
     * At least one byte was received.
     *
     * @param bytes the bytes; the buffer belongs to the protocol, which may keep it
     * @throws Exception any exception ends the connection
     */
    default void received(ByteBuffer bytes) throws Exception {}

    /**
     * The handshake started by {@link Transport#startTls} is complete. A connection that speaks TLS
     * from the start is {@linkplain #connected connected} after its handshake instead.
     *
     * @param transport the transport; {@link Transport#tls} says what was negotiated
     * @throws Exception any exception ends the connection
     */
    default void tlsStarted(Transport transport) throws Exception {}

    /**
     * The server shuts down and has begun to drain the connection, as {@link
     * io.loomline.net.Connection#onDrain} describes. Input that had arrived by then was received
     * first, and in the middle of a line its rest as well, as with {@link
     * io.loomline.net.Connection#awaitMessage}. While reading is paused, this does not wait for
     * input. Not called once the transport is closing.
     *
     * <p>By default this does nothing, so the connection has the whole grace period of the
     * shutdown. A protocol that is between two messages says goodbye and closes the transport.
     *
     * @throws Exception any exception ends the connection
     */
    default void draining() throws Exception {}

    /**
     * The peer has ended its output; nothing more will be received. By default this closes the
     * transport once everything written is sent. A protocol that still has bytes to write overrides
     * this and closes the transport later.
     *
     * @throws Exception any exception ends the connection
     */
    default void inputEnded() throws Exception {
        CurrentTransport.get().close();
    }

    /**
     * The connection has ended; the transport drops further writes.
     *
     * @param cause why the connection was lost: a failure of the network, an expired timeout, an
     *     exception of a callback, or the cancel of the task; null if this side closed or aborted
     *     it
     * @throws Exception any exception is logged
     */
    default void disconnected(@Nullable Throwable cause) throws Exception {}

    /**
     * More bytes are unsent than the high-water mark: the peer reads more slowly than this side
     * writes. Runs after the write that crossed the mark, never inside it. Further writes are
     * buffered up to a hard limit; a write beyond it aborts the connection.
     *
     * @throws Exception any exception ends the connection
     */
    default void writingPaused() throws Exception {}

    /**
     * No more bytes are unsent than the low-water mark, after {@link #writingPaused}.
     *
     * @throws Exception any exception ends the connection
     */
    default void writingResumed() throws Exception {}
}
