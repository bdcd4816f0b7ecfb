package io.loomline.net;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.buffer.Text;
import io.loomline.net.read.ByteReader;
import io.loomline.net.read.FileSink;
import io.loomline.net.read.FrameReader;
import io.loomline.net.read.Input;
import io.loomline.net.read.InputView;
import io.loomline.net.read.LineIterator;
import io.loomline.net.read.LineReader;
import io.loomline.net.read.LingeringClose;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.net.write.AutoFlusher;
import io.loomline.net.write.Output;
import io.loomline.net.write.OutputView;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadPendingException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

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
 * <p>A write of at most {@link Limits#bufferBytes} is taken whole or not at all, whatever cuts it:
 * if it is cut when it was taken, it returns, and the next call throws. A larger one that is cut in
 * the middle leaves the output broken, because the peer has got a part: later writes throw, and a
 * close is no end for the peer but a reset.
 *
 * <p><i>Threads:</i> one thread reads at a time, a second one gets {@link ReadPendingException}.
 * Any number may write: whole calls do not mix. Everything else may be called from any thread.
 */
public final class Connection implements AutoCloseable {
    /** How long a close waits at most for a peer that does not read; then it resets. */
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

    private final GuardedChannel wire;
    private final Output output;
    private final Input input;
    private final LineReader lines;
    private final Clock clock;

    private volatile LineFormat format = LineFormat.DEFAULT;

    /** Of a connection that we opened; written before anyone else has it. */
    private ObjectCleaner.@Nullable Watch watch;

    Connection(GuardedChannel wire, AutoFlusher flusher, Clock clock) {
        var unread = new ReadBuffer();
        this.wire = wire;
        this.clock = clock;
        output = new Output(wire, unread, flusher);
        input = new Input(wire, unread, output);
        lines = new LineReader(input);
    }

    /**
     * A connection over a channel of your own, with {@link Limits#DEFAULT}. See {@link Connections}
     * for many of them.
     *
     * @param channel a connected channel; the connection closes it
     * @param clock measures timeouts
     * @return the connection
     */
    public static Connection over(Channel channel, Clock clock) {
        Objects.requireNonNull(channel, "channel");
        var sweeper = new TimeoutSweeper(Objects.requireNonNull(clock, "clock"));
        var wire = new GuardedChannel(channel, sweeper, Limits.DEFAULT);
        return new Connection(wire, new AutoFlusher(clock), clock);
    }

    /** Before anyone else has the connection. */
    Connection watchedBy(ObjectCleaner.Watch watch) {
        this.watch = watch;
        return this;
    }

    private void unwatch() {
        ObjectCleaner.Watch present = watch;
        if (present != null) present.end();
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
        wire.limits(Objects.requireNonNull(limits, "limits"));
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
        return lines.read(format);
    }

    /**
     * Reads what is there, or waits for something. <i>Blocks</i> until there is at least a byte.
     *
     * @param target where to
     * @param offset the index of the first byte
     * @param length how many bytes at most
     * @return the number of bytes; -1 at the end of the input, 0 only for a length of 0
     * @throws java.net.SocketTimeoutException if it took longer than a limit; no byte is lost
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public int read(byte[] target, int offset, int length)
            throws IOException, InterruptedException {
        Objects.checkFromIndexSize(offset, length, target.length);
        return bytes().read(ByteBuffer.wrap(target, offset, length));
    }

    /**
     * Reads what is there, or waits for something. <i>Blocks</i> until there is at least a byte.
     *
     * @param target where to
     * @return the number of bytes; -1 at the end of the input, 0 only for a target that is full
     * @throws java.net.SocketTimeoutException if it took longer than a limit; no byte is lost
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     */
    public int read(ByteBuffer target) throws IOException, InterruptedException {
        return bytes().read(Objects.requireNonNull(target, "target"));
    }

    /**
     * Reads what is there, or waits for something. <i>Blocks</i> until there is at least a byte.
     *
     * @param maxBytes how many bytes at most
     * @return the bytes; none at the end of the input
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if {@code maxBytes} is less than 1
     */
    public byte[] read(int maxBytes) throws IOException, InterruptedException {
        return bytes().read(maxBytes);
    }

    /**
     * Reads a number of bytes. <i>Blocks</i> until they are all there.
     *
     * @param length how many bytes
     * @return the bytes
     * @throws IncompleteReadException if the input ends before; it carries what came
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the length is negative, or more than an array holds
     */
    public byte[] readExactly(int length) throws IOException, InterruptedException {
        return bytes().readExactly(length);
    }

    /**
     * Reads up to a delimiter, which may come {@link Limits#bufferBytes} after here at most.
     * <i>Blocks</i> until it is there.
     *
     * @param delimiter what ends the bytes
     * @return the bytes, with the delimiter
     * @throws IncompleteReadException if the input ends before; it carries what came
     * @throws MessageTooLongException if there would be more bytes; nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the delimiter is empty, or longer than the limit
     */
    public byte[] readUntil(byte[] delimiter) throws IOException, InterruptedException {
        return readUntil(delimiter, wire.limits().bufferBytes());
    }

    /**
     * Reads up to a delimiter. <i>Blocks</i> until it is there.
     *
     * @param delimiter what ends the bytes
     * @param maxBytes how many bytes to return at most, with the delimiter
     * @return the bytes, with the delimiter
     * @throws IncompleteReadException if the input ends before; it carries what came
     * @throws MessageTooLongException if there would be more bytes; nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the delimiter is empty, or longer than the limit
     */
    public byte[] readUntil(byte[] delimiter, int maxBytes)
            throws IOException, InterruptedException {
        return bytes().readUntil(delimiter.clone(), maxBytes);
    }

    /**
     * Reads all there is until the peer ends its output. <i>Blocks</i> until then.
     *
     * @param maxBytes how many bytes at most
     * @return the bytes
     * @throws MessageTooLongException if there are more; nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if {@code maxBytes} is negative, or more than an array holds
     */
    public byte[] readAll(int maxBytes) throws IOException, InterruptedException {
        return bytes().readAll(maxBytes);
    }

    /**
     * Looks at the bytes that come next, and leaves them to be read. <i>Blocks</i> until they are
     * there.
     *
     * @param length how many bytes
     * @return the bytes; fewer if the input ends before
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the length is negative, or more than an array holds
     */
    public byte[] peek(int length) throws IOException, InterruptedException {
        return bytes().peek(length);
    }

    /**
     * Drops bytes that are there, or waits for some to drop. <i>Blocks</i> until there is at least
     * a byte; as a read, it may take fewer bytes than were asked for.
     *
     * @param count how many bytes at most
     * @return how many were dropped; 0 only at the end of the input, or for a count of 0
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the count is negative
     */
    public long skip(long count) throws IOException, InterruptedException {
        return bytes().skip(count);
    }

    /** It has nothing of its own that would be worth keeping. */
    private ByteReader bytes() {
        return new ByteReader(input);
    }

    /**
     * Reads a frame that is preceded by its length. <i>Blocks</i> until it is complete.
     *
     * @param format how its length is coded, and how long it may be
     * @return the frame, without its length; null at the end of the input
     * @throws IncompleteReadException if the input ends inside a frame; it carries what came
     * @throws MessageTooLongException if the frame is longer than the format allows; nothing is
     *     read
     * @throws java.net.ProtocolException if its length has more bytes than the format allows;
     *     nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     */
    public byte @Nullable [] readFrame(FrameFormat format)
            throws IOException, InterruptedException {
        return new FrameReader(input).read(Objects.requireNonNull(format, "format"));
    }

    /**
     * The lines up to the end of the input, each read when it is asked for. The iterator throws
     * {@link java.io.UncheckedIOException} for what {@link #readLine} throws; for a cancel, with an
     * {@link java.io.InterruptedIOException} in it, and leaves the interrupt status set.
     *
     * @return the lines; every iterator goes on where reading has come to
     */
    public Iterable<String> lines() {
        return () -> new LineIterator(this::readLine);
    }

    /**
     * The input for code that knows streams. It may be mixed with other reads, for it reads nothing
     * ahead. For a cancel it throws {@link java.io.InterruptedIOException} and leaves the interrupt
     * status set; no byte is lost. Closing it closes the connection, as it is with sockets.
     *
     * @return the stream; more than one are the same
     */
    public InputStream inputStream() {
        return new InputView(bytes(), this::close);
    }

    /**
     * Writes a frame, preceded by its length. <i>Blocks</i> until the kernel, or the connection's
     * buffer, has all of it.
     *
     * @param format how its length is coded, and how long it may be
     * @param frame the frame, without its length
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if the frame is longer than the format allows
     */
    public void writeFrame(FrameFormat format, byte[] frame)
            throws IOException, InterruptedException {
        write(format.encode(frame));
    }

    /**
     * Writes bytes. <i>Blocks</i> until the kernel, or the connection's buffer, has all of them.
     *
     * @param bytes the bytes
     * @throws java.net.SocketTimeoutException if the peer takes nothing for the write timeout
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     * @throws InterruptedException if the caller was cancelled; nothing of it was written, but of a
     *     large write maybe a part
     */
    public void write(byte[] bytes) throws IOException, InterruptedException {
        output.write(ByteBuffer.wrap(bytes));
    }

    /**
     * Writes bytes. <i>Blocks</i> until the kernel, or the connection's buffer, has all of them.
     *
     * @param bytes the bytes; those that were taken are consumed
     * @throws java.net.SocketTimeoutException if the peer takes nothing for the write timeout
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     * @throws InterruptedException if the caller was cancelled; nothing of it was written, but of a
     *     large write maybe a part
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
     * Writes what can be written without waiting, for those who have more to do than to write. What
     * is left over is still in the buffer.
     *
     * @param bytes the bytes; those that were taken are consumed
     * @return the number of bytes taken; 0 also while another thread writes
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     */
    public int tryWrite(ByteBuffer bytes) throws IOException {
        return output.tryWrite(Objects.requireNonNull(bytes, "bytes"));
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
        Objects.requireNonNull(target, "target");
        return transferTo(new FileSink(target, position), maxBytes);
    }

    /** Hands what comes to a sink; what that does not take when it throws stays unread. */
    long transferTo(ReadBuffer.Sink sink, long maxBytes) throws IOException, InterruptedException {
        return bytes().transferTo(sink, maxBytes);
    }

    /**
     * Runs something when this side begins to close the connection, on the thread that does, until
     * {@link #unwatchClosing}.
     */
    void watchClosing(Runnable watcher) throws ConnectionClosedException {
        if (wire.watchClosing(watcher)) return;
        wire.requireOpen();
        throw new ReadPendingException(); // who watches reads
    }

    void unwatchClosing(Runnable watcher) {
        wire.unwatchClosing(watcher);
    }

    /**
     * The peer has not had everything. Unless something is written from now on, a close is a reset,
     * so that the peer does not take a part for the whole.
     */
    void cutShort() {
        output.cutShort();
    }

    /**
     * The timeouts and the buffer size in force.
     *
     * @return the limits
     */
    public Limits limits() {
        return wire.limits();
    }

    Clock clock() {
        return clock;
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
        LineFormat present = format;
        if (Text.extendsAscii(present.charset()) && Text.isPlain(line)) {
            output.writeAscii(line, present.ending().terminator());
            return;
        }
        Text.requireOneLine(line);
        output.write(line, present.ending().terminator(), present.charset());
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
     * <p><i>Blocks</i> for at most 5 s, or the write timeout if that is less, while the peer does
     * not read what is left, then resets; and for at most 1 s to take in what the peer goes on
     * sending, because a close with unread input would destroy what is on its way to the peer.
     *
     * <p><i>Cancellation:</i> in a cancelled task it does not wait, and resets if something is
     * left. Inside a shield it may wait.
     */
    @Override
    public void close() {
        if (!wire.beginClosing()) return;
        unwatch();
        boolean sent = false;
        try {
            input.wakeReader();
            var drain = new LingeringClose(input, wire, clock);
            sent = output.finish(closeBound(), drain::dropUntilInterrupted);
            if (sent) drain.drain();
        } finally { // the descriptor is freed whatever a driver throws
            if (sent) wire.close();
            else abort();
        }
    }

    private Duration closeBound() {
        Duration writeTimeout = wire.limits().writeTimeout();
        return writeTimeout.compareTo(CLOSE_BOUND) < 0 ? writeTimeout : CLOSE_BOUND;
    }

    /**
     * Resets the connection and frees the descriptor at once: what is unsent is dropped, and the
     * peer sees an error, or, over a Unix-domain socket, which has no reset, maybe the end. Further
     * calls are without effect.
     */
    public void abort() {
        wire.beginClosing();
        unwatch();
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
        return new OutputView(output, this::close);
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
     * Who is at the other end of a Unix-domain socket, as the kernel says.
     *
     * @return the peer's user and group; empty for any other kind of connection
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the kernel does not tell
     */
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        return wire.peerCredentials();
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
     * How much has come from the peer: {@link #bytesRead} and what waits in the buffer.
     *
     * @return bytes
     */
    public long bytesReceived() {
        return input.receivedBytes();
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
     * How much the kernel has taken: {@link #bytesWritten} without what waits in the buffer.
     * Another thread may see the count a little late.
     *
     * @return bytes
     */
    public long bytesSent() {
        return wire.sentBytes();
    }

    /**
     * Whether a read or a write waits for the peer. Another thread may see it a little late.
     *
     * @return true if one does
     */
    public boolean isWaiting() {
        return wire.isWaiting();
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
