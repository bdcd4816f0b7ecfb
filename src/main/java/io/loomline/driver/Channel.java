package io.loomline.driver;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A connected stream of bytes in both directions.
 *
 * <p><i>Threads:</i> at most one thread reads (and waits to read) at a time, and one writes; {@link
 * #close}, {@link #abort} and {@link #shutdownOutput} may be called from any thread at any time.
 * When the channel is closed, those who wait return, and what they try next throws {@link
 * java.nio.channels.ClosedChannelException}; a descriptor is never used after its number went to
 * someone else.
 */
public interface Channel extends Closeable {
    /**
     * Moves what has arrived into the target, as much as fits. Never blocks.
     *
     * @param target where to; with room for at least one byte
     * @return the number of bytes; 0 if none are there now, -1 if the peer has ended its output
     * @throws IOException if the channel is closed, or the connection is lost; bytes that came
     *     before the loss are delivered first
     */
    int tryRead(ByteBuffer target) throws IOException;

    /**
     * Takes bytes from the source, as many as can be taken now. Never blocks.
     *
     * @param source the bytes to send
     * @return the number taken; 0 if none can be taken now
     * @throws IOException if the channel is closed, its output shut down, or the connection lost
     */
    int tryWrite(ByteBuffer source) throws IOException;

    /**
     * Waits until {@link #tryRead} is worth trying: it would return something, or throw.
     * <i>Blocks.</i> May return early without a reason, and does when the thread is unparked.
     *
     * <p><i>Cancellation:</i> an interrupt ends the waiting; the channel stays as usable as before.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitReadable() throws InterruptedException;

    /**
     * Waits until {@link #tryWrite} is worth trying: it would take something, or throw.
     * <i>Blocks.</i> May return early without a reason, and does when the thread is unparked.
     *
     * <p><i>Cancellation:</i> an interrupt ends the waiting; the channel stays as usable as before.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitWritable() throws InterruptedException;

    /**
     * Ends the output: the peer sees the end after the bytes that were taken. Idempotent.
     *
     * @throws IOException if the channel is closed or the connection is lost
     */
    void shutdownOutput() throws IOException;

    /** Frees the channel; bytes that were taken are still delivered. Idempotent, never blocks. */
    @Override
    void close();

    /** Frees the channel and resets the connection: the peer sees an error. Never blocks. */
    void abort();

    /**
     * The peer's address.
     *
     * @return the address, also after the channel was closed
     */
    SocketAddress remoteAddress();

    /**
     * This side's address.
     *
     * @return the address, also after the channel was closed
     */
    SocketAddress localAddress();

    /**
     * Who is at the other end, where the kernel knows.
     *
     * @return the peer's credentials; empty if this kind of channel has none
     * @throws IOException if the channel is closed
     */
    default Optional<PeerCredentials> peerCredentials() throws IOException {
        return Optional.empty();
    }
}
