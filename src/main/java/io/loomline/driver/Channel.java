package io.loomline.driver;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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
    /** What a channel without a way of its own reads of a file at a time. */
    int FILE_STEP_BYTES = 16 * 1024;

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
     * Takes bytes from several sources in their order, as many as can be taken now. Never blocks. A
     * driver that can take them in one step overrides this.
     *
     * @param sources the bytes to send
     * @param offset the index of the first source
     * @param length how many sources
     * @return the number of bytes taken; 0 if none can be taken now
     * @throws IOException as {@link #tryWrite(ByteBuffer)} does; the positions of the sources tell
     *     what was taken before
     */
    default long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        long taken = 0;
        for (int i = offset; i < offset + length; i++) {
            if (!sources[i].hasRemaining()) continue;
            taken += tryWrite(sources[i]);
            if (sources[i].hasRemaining()) break;
        }
        return taken;
    }

    /**
     * Takes bytes from a file, as many as can be taken now; the file's own position stays. Never
     * waits for the peer, though maybe for the disk. A driver whose kernel moves them without a
     * copy overrides this.
     *
     * <p><i>Cancellation:</i> an interrupt closes the file, as it does in {@link FileChannel}
     * itself; whoever can be interrupted calls this on a thread of its own.
     *
     * @param source the file, open for reading
     * @param position the index of the first byte in the file
     * @param count how many bytes at most
     * @return the number taken; 0 if none can be taken now, or the file ends here
     * @throws IOException as {@link #tryWrite(ByteBuffer)} does, or if the file cannot be read
     */
    default long tryWriteFrom(FileChannel source, long position, long count) throws IOException {
        var bytes = ByteBuffer.allocate((int) Math.min(count, FILE_STEP_BYTES));
        if (source.read(bytes, position) <= 0) return 0;
        return tryWrite(bytes.flip()); // what is not taken is read again
    }

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

    /**
     * Frees the channel and resets the connection: the peer sees an error. Never blocks. A
     * Unix-domain socket has no reset: there the peer may see the end.
     */
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
