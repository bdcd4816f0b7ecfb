package io.loomline.driver;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A pipe in the kernel that leads from one channel to another: bytes pass it without a copy. See
 * {@link Channel#openPipe}.
 *
 * <p><i>Threads:</i> one thread uses it, as the reader of the one channel and the writer of the
 * other.
 */
public interface ChannelPipe extends Closeable {
    /** The result of {@link #tryFill} if these bytes have to be read. */
    int UNSUPPORTED = -2;

    /**
     * Moves received bytes into the pipe, which is empty. Never blocks.
     *
     * @return the number of bytes; 0 if none are available now, -1 if the peer has ended its
     *     output, {@link #UNSUPPORTED} if the next bytes cannot pass a pipe
     * @throws IOException as {@link Channel#tryRead} does
     */
    int tryFill() throws IOException;

    /**
     * Moves bytes from the pipe to the output. Never blocks.
     *
     * @return the number of bytes; 0 if the output takes none now
     * @throws IOException as {@link Channel#tryWrite(ByteBuffer)} does; the bytes stay in the pipe
     */
    int tryDrain() throws IOException;

    /**
     * The number of bytes in the pipe.
     *
     * @return the number
     */
    int heldBytes();

    /**
     * Takes all bytes out of the pipe.
     *
     * @return the bytes, in an array of exact size
     * @throws IOException if the kernel cannot return them; they are lost then
     */
    byte[] take() throws IOException;

    /** Frees the pipe, and drops the bytes in it. Idempotent. */
    @Override
    void close();
}
