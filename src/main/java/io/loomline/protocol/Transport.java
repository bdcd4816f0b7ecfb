package io.loomline.protocol;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * The connection of a {@link Protocol}. No method blocks.
 *
 * <p><i>Threads:</i> every method may be called from any thread, and from within callbacks.
 */
public interface Transport {
    /**
     * Sends bytes, in the order of the calls. Bytes that the kernel does not accept at once are
     * buffered. After {@link #close}, or once the connection has ended, the bytes are dropped.
     *
     * <p>If more bytes are unsent than the high-water mark, {@link Protocol#writingPaused} follows.
     * A write above that mark that would exceed the hard limit ends the connection, and {@link
     * Protocol#disconnected} gets the cause.
     *
     * @param bytes the bytes to send; all of them are consumed
     */
    void write(ByteBuffer bytes);

    /**
     * Ends the connection once everything written is sent. Nothing more is received. Further calls
     * have no effect.
     */
    void close();

    /** Resets the connection: unsent bytes are dropped, and the peer sees an error. */
    void abort();

    /** Stops receiving until {@link #resumeReading}, which slows the peer down. */
    void pauseReading();

    /** Reverts {@link #pauseReading}. */
    void resumeReading();

    /**
     * Whether the connection has ended, or ends once everything written is sent.
     *
     * @return true once {@link #close} or {@link #abort} was called, or the connection is lost
     */
    boolean isClosing();

    /**
     * The peer's address.
     *
     * @return the address; it stays valid after the connection has ended
     */
    SocketAddress remoteAddress();
}
