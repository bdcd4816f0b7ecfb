package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadPendingException;
import java.time.Duration;
import java.util.Objects;

/**
 * A connection to a peer: blocking reads and writes of lines and bytes, for sequential code.
 *
 * <p><i>Cancellation:</i> every method that declares {@link InterruptedException} throws it when
 * the calling task, or a scope that it is in, is cancelled: on entry, and while blocked. A read
 * that was cut has lost no byte, and the connection stays usable. A call that has taken effect
 * returns; the cancel is thrown by the next one.
 *
 * <p><i>Writing:</i> nobody needs to call {@link #flush}. Bytes wait in the connection's buffer
 * only while further input is already here, so that the answers to pipelined requests leave
 * together; they leave at the latest when the task waits for input, closes, or a millisecond has
 * passed.
 *
 * <p><i>Threads:</i> one thread reads at a time, a second one gets {@link ReadPendingException}.
 * Any number may write: whole calls do not mix. Everything else may be called from any thread.
 */
public final class Connection implements AutoCloseable {
    /** How long a close waits at most for a peer that does not read; then it resets. */
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

    private final Wire wire;
    private final Output output;
    private final Input input;
    private final Clock clock;

    private volatile LineFormat format = LineFormat.DEFAULT;

    Connection(Channel channel, Upkeep upkeep, Limits limits) {
        var unread = new ReadBuffer();
        wire = new Wire(channel, upkeep.sweeper(), limits);
        output = new Output(wire, unread, upkeep.flusher());
        input = new Input(wire, unread, output);
        clock = upkeep.clock();
    }

    /**
     * A connection over a channel, for those who bring a channel of their own; with {@link
     * Limits#DEFAULT}.
     *
     * @param channel the channel, connected; the connection closes it
     * @param clock the time that waits go by
     * @return the connection
     */
    public static Connection over(Channel channel, Clock clock) {
        Objects.requireNonNull(channel, "channel");
        var upkeep = Upkeep.by(Objects.requireNonNull(clock, "clock"));
        return new Connection(channel, upkeep, Limits.DEFAULT);
    }

    /**
     * Sets what a line is, and how its text is coded; {@link LineFormat#DEFAULT} before.
     *
     * @param format what holds from the next call on
     * @return this connection
     */
    public Connection lineFormat(LineFormat format) {
        this.format = Objects.requireNonNull(format, "format");
        return this;
    }

    /**
     * Sets how long calls may wait, and how much the connection may hold.
     *
     * @param limits what holds for the next wait; a call that waits already goes by the old ones
     * @return this connection
     */
    public Connection limits(Limits limits) {
        Objects.requireNonNull(limits, "limits");
        wire.reading().limits(limits);
        wire.writing().limits(limits);
        return this;
    }

    /**
     * Reads a line, by its {@linkplain #lineFormat format}: unless another was set, of UTF-8 text
     * of at most 64 KiB. LF and CRLF end a line, a lone CR does not; what stands between the last
     * terminator and the end of the input is returned as a line, too. <i>Blocks</i> until the line
     * is complete.
     *
     * @return the line without its terminator; null at the end of the input
     * @throws LineTooLongException once for a line over the limit, of which the rest is skipped
     * @throws java.nio.charset.CharacterCodingException if the line is not text of the charset; it
     *     is skipped
     * @throws java.net.SocketTimeoutException if it took longer than a limit; no byte is lost
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     */
    public @Nullable String readLine() throws IOException, InterruptedException {
        return input.readLine(format);
    }

    /**
     * Reads what is there, or waits for something. <i>Blocks</i> until there is at least a byte.
     *
     * @param target where to
     * @param offset the index of the first byte
     * @param length how many bytes at most
     * @return the number of bytes; -1 at the end of the input, 0 only for a length of 0
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public int read(byte[] target, int offset, int length)
            throws IOException, InterruptedException {
        Objects.checkFromIndexSize(offset, length, target.length);
        return input.read(ByteBuffer.wrap(target, offset, length));
    }

    /**
     * Reads what is there, or waits for something. <i>Blocks</i> until there is at least a byte.
     *
     * @param target where to
     * @return the number of bytes; -1 at the end of the input, 0 only for a target that is full
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     */
    public int read(ByteBuffer target) throws IOException, InterruptedException {
        return input.read(Objects.requireNonNull(target, "target"));
    }

    /**
     * Reads a number of bytes. <i>Blocks</i> until they are all there.
     *
     * @param length how many bytes
     * @return the bytes
     * @throws IncompleteReadException if the input ends before; it carries what came
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     * @throws IllegalArgumentException if the length is negative
     */
    public byte[] readExactly(int length) throws IOException, InterruptedException {
        if (length < 0)
            throw new IllegalArgumentException("length " + length + ": expected 0 or more");
        return input.readExactly(length);
    }

    /**
     * Writes bytes. <i>Blocks</i> until the kernel, or the connection's buffer, has all of them.
     *
     * @param bytes the bytes
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     * @throws InterruptedException if the caller was cancelled: then nothing of it was written, or,
     *     if it has more than 64 KiB, maybe a part, and the output is broken
     */
    public void write(byte[] bytes) throws IOException, InterruptedException {
        output.write(ByteBuffer.wrap(bytes));
    }

    /**
     * Writes bytes. <i>Blocks</i> until the kernel, or the connection's buffer, has all of them.
     *
     * @param bytes the bytes; those that were taken are consumed
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     * @throws InterruptedException if the caller was cancelled: then nothing of it was written, or,
     *     if it has more than 64 KiB, maybe a part, and the output is broken
     */
    public void write(ByteBuffer bytes) throws IOException, InterruptedException {
        output.write(Objects.requireNonNull(bytes, "bytes"));
    }

    /**
     * Writes bytes from several buffers in their order, as one piece. <i>Blocks</i> until the
     * kernel, or the connection's buffer, has all of them.
     *
     * @param bytes the bytes; those that were taken are consumed
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     */
    public void write(ByteBuffer... bytes) throws IOException, InterruptedException {
        output.write(bytes);
    }

    /**
     * Sends a part of a file, as one piece; without a copy where the kernel can. <i>Blocks</i>
     * until the kernel, or the connection's buffer, has all of it.
     *
     * <p><i>Cancellation:</i> the file stays open. A call that was cut has sent what {@link
     * #bytesWritten} counts more than before; if that is a part, the output is broken.
     *
     * @param source the file; its own position is not used
     * @param position the index of the first byte in the file
     * @param count how many bytes
     * @return the number of bytes sent; less than the count only if the file ends before
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the file cannot be read, and as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws java.nio.channels.NonReadableChannelException if the file is not open for reading
     * @throws IllegalArgumentException if the position or the count is negative
     */
    public long transferFrom(FileChannel source, long position, long count)
            throws IOException, InterruptedException {
        requireNotNegative("position", position);
        requireNotNegative("count", count);
        return output.transferFrom(Objects.requireNonNull(source, "source"), position, count);
    }

    /**
     * Receives into a file, up to the end of the input. <i>Blocks</i> until all of it is there;
     * memory is bounded however much comes.
     *
     * <p><i>Cancellation:</i> the file stays open. A call that was cut has put into the file what
     * {@link #bytesRead} counts more than before; what comes after that is unread.
     *
     * @param target the file; its own position is not used
     * @param position the index in the file where the first byte goes
     * @param maxBytes how many bytes at most; what follows them stays unread
     * @return the number of bytes; fewer than {@code maxBytes} only at the end of the input
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the file cannot be written, or the connection is lost
     * @throws InterruptedException if the caller was cancelled
     * @throws ReadPendingException if another thread is reading
     * @throws java.nio.channels.NonWritableChannelException if the file is not open for writing
     * @throws IllegalArgumentException if the position or the number of bytes is negative
     */
    public long transferTo(FileChannel target, long position, long maxBytes)
            throws IOException, InterruptedException {
        requireNotNegative("position", position);
        requireNotNegative("maxBytes", maxBytes);
        Objects.requireNonNull(target, "target");
        return input.transferTo(new FileSink(target, position), maxBytes);
    }

    private static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected 0 or more");
        }
    }

    /**
     * Writes text, in the charset of the {@linkplain #lineFormat format}, which is UTF-8 unless
     * set. <i>Blocks</i> until the kernel, or the connection's buffer, has it.
     *
     * @param text the text; nothing is added to it
     * @throws java.nio.charset.CharacterCodingException if the charset has not all of it, such as
     *     half a surrogate pair
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     */
    public void write(String text) throws IOException, InterruptedException {
        output.write(text, "", format.charset());
    }

    /**
     * Writes a line and its terminator, by the {@linkplain #lineFormat format}: UTF-8 and LF unless
     * set. <i>Blocks</i> until the kernel, or the connection's buffer, has it.
     *
     * @param line the line, without a terminator
     * @throws java.nio.charset.CharacterCodingException if the charset has not all of it, such as
     *     half a surrogate pair
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if it has a CR, LF or NUL in it
     */
    public void writeLine(String line) throws IOException, InterruptedException {
        Text.requireOneLine(line);
        LineFormat present = format;
        output.write(line, present.terminator(), present.charset());
    }

    /**
     * Hands everything that was written to the kernel. <i>Blocks</i> until it has it.
     *
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled
     */
    public void flush() throws IOException, InterruptedException {
        output.flush();
    }

    /**
     * Ends the output: the peer reads what was written, then the end. Input goes on. <i>Blocks</i>
     * until the kernel has what was written. Further calls are without effect.
     *
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled
     */
    public void shutdownOutput() throws IOException, InterruptedException {
        output.shutDown();
    }

    /**
     * Sends what is written, ends the output and frees the descriptor. Calls that are blocked in
     * other threads throw {@link ConnectionClosedException}. Further calls are without effect; a
     * peer that has gone is no error.
     *
     * <p><i>Blocks</i> for at most 5 s while the peer does not read what is left, then resets; and
     * for at most 1 s to take in what the peer goes on sending, because a close with unread input
     * would destroy what is on its way to the peer.
     *
     * <p><i>Cancellation:</i> in a cancelled task it does not wait, and resets if something is
     * left. Inside a shield it may wait.
     */
    @Override
    public void close() {
        if (!wire.beginClosing()) return;
        boolean sent = false;
        try {
            input.wakeReader();
            sent = output.finish(closeBound());
            if (sent) input.drain(clock);
        } finally { // the descriptor is freed whatever a driver throws
            if (sent) wire.close();
            else abort();
        }
    }

    private Duration closeBound() {
        Duration writeTimeout = wire.writing().limits().writeTimeout();
        return writeTimeout.compareTo(CLOSE_BOUND) < 0 ? writeTimeout : CLOSE_BOUND;
    }

    /**
     * Resets the connection and frees the descriptor at once: what is unsent is dropped, and the
     * peer sees an error. Further calls are without effect.
     */
    public void abort() {
        wire.beginClosing();
        wire.abort();
        input.wakeReader();
        output.discard();
    }

    /**
     * The output as a stream, for the JDK's writers and for libraries that know streams only.
     *
     * <p>Each call writes at once, as {@link #write(byte[])} does: put a {@link
     * java.io.BufferedOutputStream} around it for many small ones. {@code flush} is {@link #flush},
     * {@code close} closes the connection.
     *
     * <p><i>Cancellation:</i> calls throw {@link java.io.InterruptedIOException}, and the interrupt
     * status is set; its {@code bytesTransferred} tells how much of a large write was sent.
     *
     * @return a stream; all streams of a connection are the same to it
     */
    public OutputStream outputStream() {
        return new ConnectionOutputStream(output, this::close);
    }

    /**
     * The peer's address.
     *
     * @return the address, also after the connection was closed
     */
    public SocketAddress remoteAddress() {
        return wire.remoteAddress();
    }

    /**
     * This side's address.
     *
     * @return the address, also after the connection was closed
     */
    public SocketAddress localAddress() {
        return wire.localAddress();
    }

    /**
     * How much was read from the connection, without what waits in its buffer.
     *
     * @return bytes
     */
    public long bytesRead() {
        return input.bytesRead();
    }

    /**
     * How much was written to the connection, with what waits in its buffer.
     *
     * @return bytes
     */
    public long bytesWritten() {
        return output.takenBytes();
    }

    /**
     * Whether the connection has not been closed on this side.
     *
     * @return true until {@link #close} or {@link #abort} is called
     */
    public boolean isOpen() {
        return !wire.isClosing();
    }

    /** The two addresses. */
    @Override
    public String toString() {
        return "connection " + localAddress() + " - " + remoteAddress();
    }
}
