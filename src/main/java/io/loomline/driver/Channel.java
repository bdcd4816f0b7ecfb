package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A connected stream of bytes in both directions.
 *
 * <p><i>Threads:</i> at most one thread reads (and waits to read) at a time, and one writes; {@link
 * #close}, {@link #abort} and {@link #shutdownOutput} may be called from any thread at any time.
 * When the channel is closed, waiting threads return, and their next try throws {@link
 * java.nio.channels.ClosedChannelException}. A driver never uses a descriptor after its number was
 * given to another file.
 */
public interface Channel extends Closeable {
    /** How many bytes of a file the default {@link #tryWriteFrom} reads at a time. */
    int FILE_STEP_BYTES = 64 * 1024;

    /**
     * Moves received bytes into the target until it is full or none are left. Never blocks.
     *
     * @param target receives the bytes; has space for at least one byte
     * @return the number of bytes; 0 if none are available now, -1 if the peer has ended its output
     * @throws IOException if the channel is closed or the connection is lost; bytes that arrived
     *     before the loss are delivered first
     */
    int tryRead(ByteBuffer target) throws IOException;

    /**
     * Takes as many bytes from the source as can be taken now. Never blocks.
     *
     * @param source the bytes to send
     * @return the number of bytes taken; 0 if none can be taken now
     * @throws IOException if the channel is closed, its output shut down, or the connection lost
     */
    int tryWrite(ByteBuffer source) throws IOException;

    /**
     * Takes as many bytes as can be taken now from several sources, in their order. Never blocks. A
     * driver that can take them in one step overrides this.
     *
     * @param sources the bytes to send
     * @param offset the index of the first source
     * @param length the number of sources
     * @return the number of bytes taken; 0 if none can be taken now
     * @throws IOException as {@link #tryWrite(ByteBuffer)} does; the positions of the sources show
     *     which bytes were taken before
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
     * Takes as many bytes from a file as can be taken now. The file's own position stays. Never
     * waits for the peer, but may wait for the disk. A driver whose kernel moves the bytes without
     * a copy overrides this.
     *
     * <p><i>Cancellation:</i> an interrupt closes the file, as it does in {@link FileChannel}
     * itself. A caller that can be interrupted calls this on a separate thread.
     *
     * @param source the file, open for reading
     * @param position the index of the first byte in the file
     * @param count the maximum number of bytes
     * @return the number of bytes taken; 0 if none can be taken now, or the file ends here
     * @throws IOException as {@link #tryWrite(ByteBuffer)} does, or if the file cannot be read
     */
    default long tryWriteFrom(FileChannel source, long position, long count) throws IOException {
        var bytes = ByteBuffer.allocate((int) Math.min(count, FILE_STEP_BYTES));
        long taken = 0;
        try {
            do {
                bytes.clear().limit((int) Math.min(count - taken, bytes.capacity()));
                if (source.read(bytes, position + taken) <= 0) break;
                taken += tryWrite(bytes.flip());
            } while (taken < count && !bytes.hasRemaining()); // the rest is read again
        } catch (IOException e) {
            if (taken == 0) throw e; // otherwise the next call fails
        }
        return taken;
    }

    /**
     * Opens a file to send parts of it over this channel, if the kernel moves them without a copy.
     * May wait for the disk.
     *
     * @param path the file
     * @return the file, to be closed by the caller; null if this channel or this file does not
     *     support that, or the file cannot be opened: then {@link #tryWriteFrom} copies its bytes
     * @throws IOException if the channel is closed
     */
    default @Nullable ChannelFile openFile(Path path) throws IOException {
        return null;
    }

    /**
     * Opens a pipe through which the kernel moves bytes from this channel's input to the output of
     * another one. It holds a descriptor only while there are bytes in it.
     *
     * @param target the other channel
     * @return the pipe, empty, to be closed by the caller; null if the channels do not support that
     */
    default @Nullable ChannelPipe openPipe(Channel target) {
        return null;
    }

    /**
     * Waits until {@link #tryRead} would return bytes or the end, or throw. <i>Blocks.</i> May
     * return early for no reason, and does so when the thread is unparked.
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait; the channel stays usable.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitReadable() throws InterruptedException;

    /**
     * Waits until {@link #tryWrite} would take bytes or throw. <i>Blocks.</i> May return early for
     * no reason, and does so when the thread is unparked.
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait; the channel stays usable.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitWritable() throws InterruptedException;

    /**
     * Whether an error has ended the connection in both directions, as a reset by the peer does.
     * Then a close sends nothing and waits for nothing.
     *
     * @return true once a call has reported such an error; false by default
     */
    default boolean isLost() {
        return false;
    }

    /**
     * Ends the output: the peer reads the bytes that were taken, and then the end. Idempotent.
     *
     * @throws IOException if the channel is closed or the connection is lost
     */
    void shutdownOutput() throws IOException;

    /**
     * Frees the channel. Idempotent, never blocks. Bytes that were taken are still delivered,
     * unless unread input makes the kernel reset the connection.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc9293#section-3.6.1">RFC
     * 9293</a>: "If such a host issues a CLOSE call while received data is still pending in the TCP
     * connection, or if new data is received after CLOSE is called, its TCP implementation SHOULD
     * send a RST to show that data was lost".
     */
    @Override
    void close();

    /**
     * Frees the channel and resets the connection: the peer sees an error. Never blocks. A
     * Unix-domain socket has no reset, so its peer may see the end of the input instead.
     */
    void abort();

    /**
     * The peer's address.
     *
     * @return the address, also after the channel was closed
     */
    SocketAddress remoteAddress();

    /**
     * The address of this side.
     *
     * @return the address, also after the channel was closed
     */
    SocketAddress localAddress();

    /**
     * The credentials of the peer's process, if the kernel knows them.
     *
     * @return the peer's credentials; empty if this kind of channel has none
     * @throws IOException if the channel is closed
     */
    default Optional<PeerCredentials> peerCredentials() throws IOException {
        return Optional.empty();
    }
}
