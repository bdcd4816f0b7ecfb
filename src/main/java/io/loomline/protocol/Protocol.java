package io.loomline.protocol;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * What one connection does when something happens to it. The callbacks of a connection come one at
 * a time and in this order:
 *
 * <pre>
 *   connected ──▶ received* ──▶ inputEnded? ──▶ disconnected
 *                    writingPaused, writingResumed: in turn, anywhere between the first and the last
 * </pre>
 *
 * <p>{@code connected}, {@code inputEnded} and {@code disconnected} come at most once, and {@code
 * disconnected} always comes after {@code connected}. A callback that throws ends the connection:
 * what it threw is logged, and is the cause that {@code disconnected} gets.
 *
 * <p><i>Threads:</i> all callbacks run on the connection's own virtual thread, so they may block;
 * the connection's other callbacks wait meanwhile, and nobody else's. Blocking calls throw {@link
 * InterruptedException} when the connection's task is cancelled, as everywhere.
 *
 * <p><i>Source:</i> the protocols of Python's asyncio (PEP 3156) and of Twisted.
 */
public interface Protocol {
    /**
     * The connection stands.
     *
     * @param transport takes what this side has to say
     * @throws Exception what ends the connection
     */
    default void connected(Transport transport) throws Exception {}

    /**
     * Bytes have come, at least one.
     *
     * @param bytes the protocol's own from now on: it may keep the buffer
     * @throws Exception what ends the connection
     */
    default void received(ByteBuffer bytes) throws Exception {}

    /**
     * The peer has ended its output; nothing will be received any more. By default this closes the
     * transport, after what was written is sent. A protocol that has something left to say
     * overrides this and closes the transport itself, later.
     *
     * @throws Exception what ends the connection
     */
    default void inputEnded() throws Exception {
        CurrentTransport.get().close();
    }

    /**
     * The connection is over; the transport takes nothing any more.
     *
     * @param cause why, if it was lost, a limit ran out, a callback threw, or its task was
     *     cancelled; null if this side closed or aborted it
     * @throws Exception what is logged
     */
    default void disconnected(@Nullable Throwable cause) throws Exception {}

    /**
     * More is unsent than the high-water mark: the peer reads more slowly than this side writes.
     * Comes after the write that crossed the mark, never inside it. What is written in spite of it
     * is kept up to a hard bound, over which the connection is cut.
     *
     * @throws Exception what ends the connection
     */
    default void writingPaused() throws Exception {}

    /**
     * No more is unsent than the low-water mark, after {@link #writingPaused}.
     *
     * @throws Exception what ends the connection
     */
    default void writingResumed() throws Exception {}
}
