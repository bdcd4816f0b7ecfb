package io.loomline.protocol;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * This side's end of a connection, as a {@link Protocol} sees it. No method blocks.
 *
 * <p><i>Threads:</i> every method may be called from any thread, and from within callbacks.
 */
public interface Transport {
    /**
     * Sends bytes, in the order of the calls. Takes all of them, now or never: once the connection
     * is over, or {@link #close} was called, they are dropped, as nobody would read them.
     *
     * <p>More unsent bytes than the high-water mark bring {@link Protocol#writingPaused}. A write
     * that goes on above that mark, and would pass the hard bound, cuts the connection; {@link
     * Protocol#disconnected} is told of it.
     *
     * @param bytes what to send; consumed
     */
    void write(ByteBuffer bytes);

    /**
     * Ends the connection when what was written is sent; nothing is received any more. Further
     * calls are without effect.
     */
    void close();

    /** Ends the connection at once: what is unsent is dropped, and the peer sees an error. */
    void abort();

    /** Receives nothing until {@link #resumeReading}; the peer has to wait. */
    void pauseReading();

    /** Takes {@link #pauseReading} back. */
    void resumeReading();

    /**
     * Whether the connection is over, or ends when what was written is sent.
     *
     * @return true once {@link #close} or {@link #abort} was called, or the connection is lost
     */
    boolean isClosing();

    /**
     * The peer's address.
     *
     * @return the address, also after the connection is over
     */
    SocketAddress remoteAddress();
}
