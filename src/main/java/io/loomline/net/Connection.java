package io.loomline.net;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.read.BodyStream;
import io.loomline.net.read.ByteReader;
import io.loomline.net.read.FileSink;
import io.loomline.net.read.FrameReader;
import io.loomline.net.read.Input;
import io.loomline.net.read.InputView;
import io.loomline.net.read.LineIterator;
import io.loomline.net.read.LineReader;
import io.loomline.net.read.TlsStart;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.net.write.AutoFlusher;
import io.loomline.net.write.FileSender;
import io.loomline.net.write.Output;
import io.loomline.net.write.OutputView;
import io.loomline.net.write.TextWriter;
import io.loomline.proxy.ProxyHeader;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.Action;
import io.loomline.task.Clock;
import io.loomline.task.TaskBody;
import io.loomline.tls.BufferedBytes;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsChannel;
import io.loomline.tls.TlsSession;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadPendingException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A connection to a peer: blocking reads and writes of lines and bytes, for sequential code.
 *
 * <p><i>Cancellation:</i> if the calling task, or a scope that it is in, is cancelled, every method
 * that declares {@link InterruptedException} throws it, on entry and while blocked. A cancelled
 * read loses no byte, and the connection stays usable. A call that has taken effect returns
 * normally, and the next call throws.
 *
 * <p><i>Writing:</i> you never need to call {@link #flush}. Written bytes wait in the connection's
 * buffer in two cases only: while further input is already buffered, so that the answers to
 * pipelined requests leave together, and inside a {@link #cork}. They leave when the task waits for
 * input or closes the connection, and after a millisecond at the latest.
 *
 * <p>A write of at most {@link Limits#bufferBytes} is taken whole or not at all. If it is cancelled
 * after it was taken, it returns normally, and the next call throws. A larger write that is cut in
 * the middle leaves the output broken, because the peer has received a part of it: later writes
 * throw, and a close resets the connection.
 *
 * <p><i>Threads:</i> one thread reads at a time; a second one gets {@link ReadPendingException}.
 * Any number of threads may write; the bytes of one call stay together. Any thread may call the
 * other methods.
 */
public final class Connection implements AutoCloseable {
    private final GuardedChannel channel;
    private final Output output;
    private final Input input;
    private final LineReader lines;
    private final Clock clock;
    private final Drain drain;

    private volatile LineFormat format = LineFormat.DEFAULT;

    /** Frees the channel if the connection becomes unreachable. Set before it is published. */
    private ObjectCleaner.@Nullable Watch watch;

    /** Reads the header of a proxy; null if none is expected. Set before publication. */
    @Nullable ProxiedChannel proxied;

    Connection(GuardedChannel channel, AutoFlusher flusher, Clock clock) {
        var unread = new ReadBuffer();
        this.channel = channel;
        this.clock = clock;
        output = new Output(channel, unread, flusher);
        input = new Input(channel, unread, output);
        drain = new Drain(input);
        lines = new LineReader(input);
    }

    /**
     * A connection over a channel of your own, with {@link Limits#DEFAULT}. To create many, use
     * {@link Connections}.
     *
     * @param channel a connected channel; the connection closes it
     * @param clock measures timeouts
     * @return the connection
     */
    public static Connection over(Channel channel, Clock clock) {
        var sweeper = new TimeoutSweeper(Objects.requireNonNull(clock, "clock"));
        var guarded = new GuardedChannel(channel, sweeper, Limits.DEFAULT);
        return new Connection(guarded, new AutoFlusher(clock), clock);
    }

    /** Must be called before the connection is published. */
    Connection watchedBy(ObjectCleaner.Watch watch) {
        this.watch = watch;
        return this;
    }

    private void unwatch() {
        if (watch != null) watch.end();
    }

    /**
     * Sets how lines end and how text is encoded. The default is {@link LineFormat#DEFAULT}.
     *
     * @param format the format, used from the next call on
     * @return this connection
     */
    public Connection lineFormat(LineFormat format) {
        this.format = Objects.requireNonNull(format, "format");
        return this;
    }

    /**
     * The line format in force.
     *
     * @return the format
     */
    public LineFormat lineFormat() {
        return format;
    }

    /**
     * Sets the timeouts and the buffer size.
     *
     * @param limits the limits, used from the next wait on; a wait in progress keeps the old ones
     * @return this connection
     */
    public Connection limits(Limits limits) {
        channel.limits(Objects.requireNonNull(limits, "limits"));
        return this;
    }

    /**
     * Reads a line in the connection's {@linkplain #lineFormat format}. By default, bytes between
     * the last terminator and the end of the input are returned as a line too, so a line that was
     * cut looks like a whole one: {@code DEL /srv/y}, cut by a lost peer, may arrive as {@code DEL
     * /}. Code that executes what it reads sets {@link LineFormat#withUnterminated} to {@code
     * REJECT}.
     *
     * <p>By default a line is UTF-8 text of at most 64 KiB, and ends with LF or CRLF; a lone CR is
     * a part of the line. <i>Blocks</i> until the line is complete.
     *
     * @return the line without its terminator; null at the end of the input
     * @throws LineTooLongException once for a line over the limit; the rest of the line is skipped
     * @throws java.nio.charset.CharacterCodingException if the line is malformed in the charset;
     *     the line is skipped
     * @throws IncompleteReadException if the format rejects an unterminated line; it carries the
     *     received bytes
     * @throws java.net.SocketTimeoutException if a limit has expired; no byte is lost
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     */
    public @Nullable String readLine() throws IOException, InterruptedException {
        return lines.read(format);
    }

    /**
     * Reads a line as {@link #readLine} does, where the protocol requires one. <i>Blocks</i> until
     * the line is complete.
     *
     * @return the line without its terminator
     * @throws IncompleteReadException if the input has ended; it carries no bytes, unless the
     *     format rejects an unterminated line
     * @throws IOException as {@link #readLine} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     */
    public String requireLine() throws IOException, InterruptedException {
        return lines.require(format);
    }

    /**
     * Reads a line as {@link #readLine} does, as bytes of any value: no charset applies. The array
     * is the caller's. <i>Blocks</i> until the line is complete.
     *
     * @return the line without its terminator; null at the end of the input
     * @throws IOException as {@link #readLine} does, but never for malformed text
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     */
    public byte @Nullable [] readLineBytes() throws IOException, InterruptedException {
        return lines.readBytes(format);
    }

    /**
     * Reads a line as {@link #readLineBytes} does, into a buffer, without allocating memory for it.
     * A call that throws leaves the buffer unchanged.
     *
     * @param target receives the line without its terminator; its space is a second limit of the
     *     line, beside {@link LineFormat#maxBytes}
     * @return the number of bytes in the line; 0 for an empty one, -1 at the end of the input
     * @throws LineTooLongException once for a line over either limit; the rest of the line is
     *     skipped
     * @throws IOException as {@link #readLineBytes} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws java.nio.ReadOnlyBufferException if the buffer is read-only; nothing is read
     */
    public int readLineInto(ByteBuffer target) throws IOException, InterruptedException {
        return lines.readInto(Objects.requireNonNull(target, "target"), format);
    }

    /**
     * Reads the bytes that are available. <i>Blocks</i> until there is at least one.
     *
     * @param target the array to fill
     * @param offset the index in the array of the first byte
     * @param length the largest number of bytes to read
     * @return the number of bytes; -1 at the end of the input, 0 only for a length of 0
     * @throws java.net.SocketTimeoutException if a limit has expired; no byte is lost
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public int read(byte[] target, int offset, int length)
            throws IOException, InterruptedException {
        return bytes().read(ByteBuffer.wrap(target, offset, length));
    }

    /**
     * Reads the bytes that are available. <i>Blocks</i> until there is at least one.
     *
     * @param target the buffer to fill
     * @return the number of bytes; -1 at the end of the input, 0 only for a full target
     * @throws java.net.SocketTimeoutException if a limit has expired; no byte is lost
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     */
    public int read(ByteBuffer target) throws IOException, InterruptedException {
        return bytes().read(Objects.requireNonNull(target, "target"));
    }

    /**
     * Reads the bytes that are available. <i>Blocks</i> until there is at least one.
     *
     * @param maxBytes the largest number of bytes to read
     * @return the bytes; an empty array at the end of the input
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if {@code maxBytes} is less than 1
     */
    public byte[] read(int maxBytes) throws IOException, InterruptedException {
        return bytes().read(maxBytes);
    }

    /**
     * Reads a given number of bytes. <i>Blocks</i> until all of them have arrived.
     *
     * @param length the number of bytes
     * @return the bytes
     * @throws IncompleteReadException if the input ends first; it carries the received bytes
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the length is negative or exceeds the size of an array
     */
    public byte[] readExactly(int length) throws IOException, InterruptedException {
        return bytes().readExactly(length);
    }

    /**
     * Reads up to a delimiter, at most {@link Limits#bufferBytes} bytes. <i>Blocks</i> until it has
     * arrived.
     *
     * @param delimiter the delimiter
     * @return the bytes, including the delimiter
     * @throws IncompleteReadException if the input ends first; it carries the received bytes
     * @throws MessageTooLongException if the limit is reached first; nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the delimiter is empty, or longer than the limit
     */
    public byte[] readUntil(byte[] delimiter) throws IOException, InterruptedException {
        return readUntil(delimiter, channel.limits().bufferBytes());
    }

    /**
     * Reads up to a delimiter. <i>Blocks</i> until it has arrived.
     *
     * @param delimiter the delimiter
     * @param maxBytes the largest number of bytes to read, including the delimiter
     * @return the bytes, including the delimiter
     * @throws IncompleteReadException if the input ends first; it carries the received bytes
     * @throws MessageTooLongException if the limit is reached first; nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the delimiter is empty, or longer than the limit
     */
    public byte[] readUntil(byte[] delimiter, int maxBytes)
            throws IOException, InterruptedException {
        return bytes().readUntil(delimiter.clone(), maxBytes);
    }

    /**
     * Reads all bytes up to the end of the input. <i>Blocks</i> until the peer ends its output.
     *
     * @param maxBytes the largest number of bytes to read
     * @return the bytes
     * @throws MessageTooLongException if the peer sends more; nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if {@code maxBytes} is negative or exceeds the size of an
     *     array
     */
    public byte[] readAll(int maxBytes) throws IOException, InterruptedException {
        return ByteReader.ofBody(input).readAll(maxBytes);
    }

    /**
     * Returns the next bytes without consuming them. <i>Blocks</i> until all of them have arrived.
     *
     * @param length the number of bytes
     * @return the bytes; fewer if the input ends first
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the length is negative or exceeds the size of an array
     */
    public byte[] peek(int length) throws IOException, InterruptedException {
        return bytes().peek(length);
    }

    /**
     * Skips bytes that are available; like a read, it may skip fewer than requested. <i>Blocks</i>
     * until there is at least one.
     *
     * @param count the largest number of bytes to skip
     * @return the number of bytes skipped; 0 only at the end of the input or for a count of 0
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws IllegalArgumentException if the count is negative
     */
    public long skip(long count) throws IOException, InterruptedException {
        return bytes().skip(count);
    }

    /**
     * Skips bytes. <i>Blocks</i> until all of them have arrived.
     *
     * <p><i>Cancellation:</i> the increase of {@link #bytesRead} is the number of bytes that a
     * cancelled call has skipped; the bytes after them are unread.
     *
     * @param count the number of bytes
     * @throws IncompleteReadException if the input ends first; it carries no bytes
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalArgumentException if the count is negative
     */
    public void skipFully(long count) throws IOException, InterruptedException {
        bytes().skipFully(count);
    }

    /**
     * Opens a bound of all further reads together, until it is closed. Call it in the task that
     * reads; budgets do not nest.
     *
     * @param time the longest time from now on; {@link Limits#NO_LIMIT} for no bound of the time
     * @param maxBytes the most bytes that the reads may consume; {@code Long.MAX_VALUE} for no
     *     bound of the bytes
     * @return the budget, for a {@code try} statement
     * @throws IllegalArgumentException if the time is not positive or {@code maxBytes} is negative
     * @throws IllegalStateException if a budget is open already
     */
    public ReadBudget budget(Duration time, long maxBytes) {
        return new ReadBudget(channel.reading(), channel.reading().open(time, maxBytes));
    }

    /**
     * Waits between two messages until the first byte of the next one has arrived, so that a server
     * that shuts down can end the connection at this point:
     *
     * {@snippet :
     * while (connection.awaitMessage()) {
     *     connection.writeLine(answer(connection.requireLine()));
     * }
     * }
     *
     * <p>Reads nothing: the next read returns the byte. When the server begins to drain the
     * connection, the wait ends at once. A byte that has arrived by then counts as a message, and
     * is answered. While a connection drains, the method does not wait. Code in the middle of a
     * message is not affected, and has the whole grace period of {@code Server.shutdown}.
     *
     * <p>The read and idle timeouts apply as in a read. The rest of a line that was {@linkplain
     * io.loomline.stream.SkippedInput refused} is skipped first. <i>Blocks</i> until a byte has
     * arrived, the input has ended or the connection drains.
     *
     * @return true if a byte of the next message is there; false at the end of the input, or if the
     *     connection {@linkplain #isDraining drains} and no byte has arrived
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     * @throws ReadPendingException if another thread is reading
     */
    public boolean awaitMessage() throws IOException, InterruptedException {
        return bytes().awaitFirst(drain);
    }

    /**
     * Whether the server that accepted the connection shuts down and has begun to drain it: the
     * connection should end soon, after the present message.
     *
     * @return true from the notice on; always false for a connection that no server has accepted
     */
    public boolean isDraining() {
        return drain.getAsBoolean();
    }

    /**
     * Sets what to run when the server begins to drain the connection, such as a farewell:
     *
     * {@snippet :
     * connection.onDrain(() -> connection.writeLine("the server restarts, please reconnect"));
     * }
     *
     * <p>It runs once, in a task of the server beside the handler, so it may write and block; at
     * once if the connection drains already. The task is cancelled at the end of the grace period.
     * A failure is logged. A second call replaces what an earlier one has set, unless that has been
     * started. For a connection that no server has accepted, it never runs.
     *
     * @param notice the code to run
     */
    public void onDrain(TaskBody notice) {
        drain.onBegin(Drain.Notice.asTask(Objects.requireNonNull(notice, "notice")));
    }

    Drain drain() {
        return drain;
    }

    /** Created for each call, because it has no state of its own. */
    ByteReader bytes() {
        return new ByteReader(input);
    }

    /**
     * Reads a frame that has its length in front of its body. <i>Blocks</i> until it is complete.
     *
     * @param format the header, the encoding of the length, and the largest body
     * @return the frame: its header and body, without the length; null at the end of the input
     * @throws IncompleteReadException if the input ends inside a frame; it carries the received
     *     bytes
     * @throws MessageTooLongException if the body exceeds the format's limit; nothing is read
     * @throws java.net.ProtocolException if the length has more bytes than its encoding allows;
     *     nothing is read
     * @throws IOException as {@link #read(ByteBuffer)} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     */
    public byte @Nullable [] readFrame(FrameFormat format)
            throws IOException, InterruptedException {
        return frames(format).read();
    }

    /**
     * Reads a frame as {@link #readFrame} does, where the protocol requires one. <i>Blocks</i>
     * until it is complete.
     *
     * @param format the header, the encoding of the length, and the largest body
     * @return the frame: its header and body, without the length
     * @throws IncompleteReadException if the input has ended, or ends inside the frame; it carries
     *     the received bytes
     * @throws IOException as {@link #readFrame} does
     * @throws InterruptedException if the caller was cancelled; no byte is lost
     */
    public byte[] requireFrame(FrameFormat format) throws IOException, InterruptedException {
        return frames(format).require();
    }

    private FrameReader frames(FrameFormat format) {
        return new FrameReader(input, Objects.requireNonNull(format, "format"));
    }

    /**
     * The lines up to the end of the input. Each is read when it is requested. The iterator wraps
     * an {@code IOException} of {@link #readLine} in an {@link java.io.UncheckedIOException}. A
     * cancel becomes an {@link java.io.InterruptedIOException} wrapped in one, and the interrupt
     * status stays set.
     *
     * @return the lines; every iterator starts at the next unread line
     */
    public Iterable<String> lines() {
        return () -> new LineIterator(this::readLine);
    }

    /**
     * The input as a stream. You may mix it with other reads, because it has no buffer of its own.
     * Closing it closes the connection, as with sockets.
     *
     * <p><i>Cancellation:</i> calls throw {@link java.io.InterruptedIOException} and leave the
     * interrupt status set; no byte is lost.
     *
     * @return a stream; all streams of a connection share its input
     */
    public InputStream inputStream() {
        return new InputView(bytes(), this::close);
    }

    /**
     * Runs code that does not read, such as a loop that sends events, until it has ended or the
     * peer has:
     *
     * {@snippet :
     * connection.untilPeerEnds(() -> {
     *     while (true) connection.writeLine(events.take());
     * });
     * }
     *
     * <p>At the end of the input the code is cancelled: its blocking calls throw {@link
     * InterruptedException}. A peer that only ends its output, and still reads, counts as ended.
     * After a reset, a write of the code may fail first, with its own exception. Input received
     * before the end stays unread. While more than {@link Limits#bufferBytes} of it is unread, the
     * end is not noticed. The read and idle timeouts apply. <i>Blocks</i> until the code has
     * returned.
     *
     * @param <X> the exception type of the code
     * @param body the code, which runs on the calling thread
     * @return whether the peer ended first
     * @throws X if the code threw it
     * @throws java.net.SocketTimeoutException if a limit has expired; the code was cancelled
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost; the code was cancelled
     * @throws InterruptedException if the caller was cancelled
     * @throws ReadPendingException if another thread is reading
     */
    public <X extends Exception> boolean untilPeerEnds(Action<X> body)
            throws X, IOException, InterruptedException {
        return new PeerWatch(bytes(), clock).run(Objects.requireNonNull(body, "body"));
    }

    /**
     * The next bytes of the input as a stream, such as the body of a message whose length is known.
     * It ends after them. If the peer ends the input first, reads throw {@link
     * IncompleteReadException}, which carries no bytes. You may mix the stream with other reads,
     * but it counts only the bytes that it has read itself.
     *
     * <p>Closing the stream skips a small rest that it has not read, so that the connection can go
     * on with the next message: at most {@link Limits#bufferBytes} bytes. It <i>blocks</i> for at
     * most 1 s until they have arrived. A rest that is larger or slower, or beyond a {@linkplain
     * #budget budget}, ends the input: further reads throw {@link ConnectionClosedException}. The
     * connection stays open for an answer, such as one that refuses the body. To go on after a
     * large rest, read the stream to its end before you close it.
     *
     * <p><i>Cancellation:</i> calls, {@code close} included, throw {@link
     * java.io.InterruptedIOException} and leave the interrupt status set; no byte is lost.
     *
     * @param length the number of bytes
     * @return the stream
     * @throws IllegalArgumentException if the length is negative
     */
    public InputStream inputStream(long length) {
        return new BodyStream(ByteReader.ofBody(input), length, clock);
    }

    /**
     * Writes a frame with its length in front of its body. <i>Blocks</i> until the kernel or the
     * connection's buffer has all of it.
     *
     * @param format the header, the encoding of the length, and the largest body
     * @param frame the frame: its header and body, without the length
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if the frame is shorter than the header, or its body exceeds
     *     the format's limit
     */
    public void writeFrame(FrameFormat format, byte[] frame)
            throws IOException, InterruptedException {
        write(format.encode(frame));
    }

    /**
     * Writes bytes. <i>Blocks</i> until the kernel or the connection's buffer has all of them.
     *
     * @param bytes the bytes
     * @throws java.net.SocketTimeoutException if the peer takes no byte for the write timeout
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     * @throws InterruptedException if the caller was cancelled; nothing was written, unless the
     *     write is larger than {@link Limits#bufferBytes}: then part of it may have been sent
     */
    public void write(byte[] bytes) throws IOException, InterruptedException {
        output.write(ByteBuffer.wrap(bytes));
    }

    /**
     * Writes bytes. <i>Blocks</i> until the kernel or the connection's buffer has all of them.
     *
     * @param bytes the bytes; the ones taken are consumed
     * @throws java.net.SocketTimeoutException if the peer takes no byte for the write timeout
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     * @throws InterruptedException if the caller was cancelled; nothing was written, unless the
     *     write is larger than {@link Limits#bufferBytes}: then part of it may have been sent
     */
    public void write(ByteBuffer bytes) throws IOException, InterruptedException {
        output.write(Objects.requireNonNull(bytes, "bytes"));
    }

    /**
     * Writes the bytes of several buffers in their order, as one write. <i>Blocks</i> until the
     * kernel or the connection's buffer has all of them.
     *
     * @param bytes the bytes; the ones taken are consumed
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if a buffer occurs twice; pass a duplicate of it instead
     */
    public void write(ByteBuffer... bytes) throws IOException, InterruptedException {
        output.write(bytes);
    }

    /**
     * Begins a scope in which the writes of the calling thread leave together and stay together:
     *
     * {@snippet :
     * try (var _ = connection.cork()) {
     *     for (byte[] message : messages) connection.write(message);
     * }
     * }
     *
     * <p>Written bytes wait in the connection's buffer until the scope ends, the buffer is full or
     * the thread waits for input, at most for a millisecond. Meanwhile writes of other threads wait
     * for the end of the scope, in the order of their calls; their write timeout does not apply to
     * that. So keep the scope short, always close it, and do not wait in it for the peer or for
     * those threads. A close of the connection does not wait for it. Scopes may be nested; the
     * outermost counts. <i>Blocks</i> while another thread has corked the connection or writes to
     * it.
     *
     * @return the scope; end it on the same thread, by try-with-resources
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the output was shut down, or an earlier write was cut in the middle
     * @throws InterruptedException if the caller was cancelled
     */
    public Cork cork() throws IOException, InterruptedException {
        return new Cork(output);
    }

    /**
     * Writes as many bytes as it can without waiting. The remaining ones stay in the argument.
     *
     * @param bytes the bytes; the ones taken are consumed
     * @return the number of bytes taken; 0 while another thread writes or has corked the output
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost, the output was shut down, or an earlier write
     *     was cut in the middle
     */
    public int tryWrite(ByteBuffer bytes) throws IOException {
        return output.tryWrite(Objects.requireNonNull(bytes, "bytes"));
    }

    /**
     * Sends a part of a file, as one write; without copying if the kernel supports that.
     * <i>Blocks</i> until the kernel or the connection's buffer has all of it.
     *
     * <p><i>Cancellation:</i> the file stays open. The increase of {@link #bytesWritten} is the
     * number of bytes that a cancelled call has sent; if it has sent some but not all, the output
     * is broken.
     *
     * @param source the file; its own position is neither used nor changed
     * @param position the index in the file of the first byte; may be beyond its end
     * @param count the number of bytes
     * @return the number of bytes sent; less than {@code count} only if the file ends first, and 0
     *     if the position is not before its end
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the file cannot be read, and as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws java.nio.channels.NonReadableChannelException if the file is not open for reading
     * @throws IllegalArgumentException if the position or the count is negative
     */
    public long transferFrom(FileChannel source, long position, long count)
            throws IOException, InterruptedException {
        return new FileSender(output).send(source, position, count);
    }

    /**
     * Sends a part of a file, as one write. As {@link #transferFrom(FileChannel, long, long)}, but
     * opens and closes the file itself, which lets more drivers send it without copying: on Linux,
     * the epoll driver does. <i>Blocks</i> until the kernel or the connection's buffer has all of
     * it. The thread stays on its carrier while the kernel reads the file from the disk.
     *
     * <p>The file ends at its size when it was opened: bytes appended meanwhile are not sent. A
     * file with size 0, which files of procfs report, is sent up to where a read of it ends. To
     * send from a FIFO or a device, use {@link #outputStream}.
     *
     * <p><i>Cancellation:</i> as for that method.
     *
     * @param source the path of a regular file, or of a link to one
     * @param position the index in the file of the first byte; may be beyond its end
     * @param count the number of bytes
     * @return the number of bytes sent; less than {@code count} only if the file ends first, and 0
     *     if the position is not before its end
     * @throws java.nio.file.NoSuchFileException if there is no such file; nothing was sent
     * @throws java.nio.file.FileSystemException if it is not a regular file, but a directory, FIFO,
     *     socket or device; nothing was sent
     * @throws java.io.EOFException if the file was truncated meanwhile, and ended before the bytes
     *     to send; if some were sent, the output is broken
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the file cannot be opened or read, and as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if the position or the count is negative
     */
    public long transferFrom(Path source, long position, long count)
            throws IOException, InterruptedException {
        return new FileSender(output).send(source, position, count);
    }

    /**
     * Sends a whole file, as {@link #transferFrom(Path, long, long)} does: up to its size when it
     * was opened, although it may grow meanwhile.
     *
     * @param source the path of a regular file, or of a link to one
     * @return the number of bytes sent
     * @throws java.nio.file.NoSuchFileException if there is no such file; nothing was sent
     * @throws java.nio.file.FileSystemException if it is not a regular file, but a directory, FIFO,
     *     socket or device; nothing was sent
     * @throws java.io.EOFException if the file was truncated meanwhile; if some bytes were sent,
     *     the output is broken
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the file cannot be opened or read, and as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     */
    public long transferFrom(Path source) throws IOException, InterruptedException {
        return transferFrom(source, 0, Long.MAX_VALUE);
    }

    /**
     * Receives into a file, up to the end of the input, in bounded memory. <i>Blocks</i> until the
     * peer ends its output or the limit is reached.
     *
     * <p><i>Cancellation:</i> the file stays open. The increase of {@link #bytesRead} is the number
     * of bytes that a cancelled call has written to the file; the bytes after them are unread.
     *
     * @param target the file; its own position is neither used nor changed
     * @param position the index in the file of the first byte
     * @param maxBytes the largest number of bytes to receive; bytes beyond them stay unread
     * @return the number of bytes; less than {@code maxBytes} only at the end of the input
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the file cannot be written, or the connection is lost
     * @throws InterruptedException if the caller was cancelled
     * @throws ReadPendingException if another thread is reading
     * @throws java.nio.channels.NonWritableChannelException if the file is not open for writing
     * @throws IllegalArgumentException if the position or the number of bytes is negative
     */
    public long transferTo(FileChannel target, long position, long maxBytes)
            throws IOException, InterruptedException {
        return ByteReader.ofBody(input).transferTo(new FileSink(target, position), maxBytes);
    }

    Input input() {
        return input;
    }

    GuardedChannel channel() {
        return channel;
    }

    Output output() {
        return output;
    }

    /**
     * The timeouts and the buffer size in force.
     *
     * @return the limits
     */
    public Limits limits() {
        return channel.limits();
    }

    Clock clock() {
        return clock;
    }

    /**
     * Writes text in the charset of the {@linkplain #lineFormat format}, by default UTF-8.
     * <i>Blocks</i> until the kernel or the connection's buffer has all of it.
     *
     * @param text the text, written without a terminator
     * @throws java.nio.charset.CharacterCodingException if the charset cannot encode all of it,
     *     such as half a surrogate pair
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     */
    public void write(String text) throws IOException, InterruptedException {
        TextWriter.write(output, text, format);
    }

    /**
     * Writes a line and its terminator in the {@linkplain #lineFormat format}, by default UTF-8 and
     * LF. <i>Blocks</i> until the kernel or the connection's buffer has all of it.
     *
     * @param line the line, without a terminator
     * @throws java.nio.charset.CharacterCodingException if the charset cannot encode all of it,
     *     such as half a surrogate pair
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if the line contains CR, LF or NUL
     */
    public void writeLine(String line) throws IOException, InterruptedException {
        TextWriter.writeLine(output, line, format);
    }

    /**
     * Writes the bytes of a line and the terminator of the {@linkplain #lineFormat format}. The
     * bytes may have any value except the ones below: no charset applies. <i>Blocks</i> until the
     * kernel or the connection's buffer has all of it.
     *
     * @param line the line, without a terminator; the bytes taken are consumed
     * @throws IOException as {@link #write(byte[])} does
     * @throws InterruptedException as {@link #write(byte[])} does
     * @throws IllegalArgumentException if the line contains CR, LF or NUL; nothing is consumed
     */
    public void writeLineBytes(ByteBuffer line) throws IOException, InterruptedException {
        TextWriter.writeLineBytes(output, Objects.requireNonNull(line, "line"), format);
    }

    /**
     * Passes all written bytes to the kernel. <i>Blocks</i> until the kernel has taken them.
     *
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled
     */
    public void flush() throws IOException, InterruptedException {
        output.flush();
    }

    /**
     * Ends the output: the peer reads all written bytes, then the end of its input. This side can
     * still read. <i>Blocks</i> until the kernel has taken all written bytes. Further calls have no
     * effect.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc1122#section-4.2.2.13">RFC 1122,
     * section 4.2.2.13</a>: "a host is permitted to continue sending data in the open direction on
     * a half-closed connection".
     *
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled
     */
    public void shutdownOutput() throws IOException, InterruptedException {
        output.shutDown();
    }

    /**
     * Sends all written bytes, ends the output and frees the descriptor. Calls that are blocked in
     * other threads throw {@link ConnectionClosedException}. Further calls have no effect. It does
     * not throw if the peer has gone.
     *
     * <p><i>Blocks</i> while the peer does not read the remaining bytes, for at most 5 s or the
     * write timeout if that is shorter; then it resets the connection. It also blocks for at most 1
     * s to drop input that the peer continues to send, because closing with unread input could
     * destroy bytes on their way to the peer; while the connection {@linkplain #isDraining drains},
     * also for a peer that sends nothing and has not ended its output.
     *
     * <p><i>Cancellation:</i> in a cancelled task it does not wait; if bytes remain, it resets the
     * connection. Inside a shield it may wait.
     */
    @Override
    public void close() {
        if (!channel.beginClosing()) return;
        unwatch();
        closing().close();
    }

    private CloseSequence closing() {
        return new CloseSequence(channel, input, output, clock, drain.getAsBoolean());
    }

    /**
     * Resets the connection and frees the descriptor at once. Unsent bytes are dropped and the peer
     * gets an error. A Unix-domain socket has no reset: there the peer may see the end of its input
     * instead. Further calls have no effect.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc1122#section-4.2.2.13">RFC 1122,
     * section 4.2.2.13</a>, on an abort: "in which one or more RST segments are sent and the
     * connection state is immediately discarded".
     */
    public void abort() {
        boolean first = channel.beginClosing();
        unwatch();
        closing().abort(first);
    }

    /**
     * The output as a stream. Each call writes as {@link #write(byte[])} does; for many small
     * writes, wrap the stream in a {@link java.io.BufferedOutputStream}. Closing it closes the
     * connection.
     *
     * <p><i>Cancellation:</i> calls throw {@link java.io.InterruptedIOException} and leave the
     * interrupt status set; its {@code bytesTransferred} is the number of bytes taken.
     *
     * @return a stream; all streams of a connection share its output
     */
    public OutputStream outputStream() {
        return new OutputView(output, this::close);
    }

    /**
     * Starts TLS in the middle of the connection, as protocols with a STARTTLS command do. Unsent
     * bytes are sent first. If unread bytes of the peer have already been received, it fails;
     * plaintext that arrives later makes the handshake fail. <i>Blocks</i> until the handshake is
     * complete, at most for {@link Tls#handshakeTimeout}. Writes of other threads wait meanwhile.
     * If the handshake fails, all further reads and writes fail.
     *
     * <p>A client checks that the certificate is for the host that it has connected to, or for the
     * name of {@link Tls#withServerName}.
     *
     * @param tls the side of this connection: {@code Tls.client(...)} starts the handshake
     * @throws javax.net.ssl.SSLException if the handshake fails
     * @throws java.net.ProtocolException if unread bytes of the peer were dropped
     * @throws java.net.SocketTimeoutException if the handshake took too long
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; the connection can only be closed
     * @throws IllegalArgumentException if a client has no host name to check
     * @throws IllegalStateException if the connection speaks TLS already, or the caller has corked
     *     it
     * @throws ReadPendingException if another thread is reading
     */
    public void startTls(Tls tls) throws IOException, InterruptedException {
        startTls(tls, BufferedBytes.REJECT);
    }

    /**
     * Starts TLS as {@link #startTls(Tls)} does.
     *
     * @param tls the side of this connection
     * @param buffered what to do with bytes of the peer that were received already
     * @throws IOException as {@link #startTls(Tls)} does
     * @throws InterruptedException if the caller was cancelled; the connection can only be closed
     */
    public void startTls(Tls tls, BufferedBytes buffered) throws IOException, InterruptedException {
        startTls(tls, buffered, TlsStart.Bounds.of(tls));
    }

    void startTls(Tls tls, BufferedBytes buffered, TlsStart.Bounds bounds)
            throws IOException, InterruptedException {
        new TlsStart(input, output, channel, clock).run(tls, buffered, bounds);
    }

    /**
     * What the TLS handshake has negotiated: protocol, cipher suite, names and certificates.
     *
     * @return the session; empty without TLS, and until the handshake is complete
     */
    public Optional<TlsSession> tls() {
        return Optional.ofNullable(channel.tls()).flatMap(TlsChannel::established);
    }

    /**
     * The peer's address. Behind a {@linkplain #proxyHeader proxy} whose header has the address of
     * the client, it is the client's.
     *
     * @return the address; available after a close too
     */
    public SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    /**
     * This side's address. Behind a {@linkplain #proxyHeader proxy} whose header has the addresses
     * of the client's connection, it is the one that the client has connected to.
     *
     * @return the address; available after a close too
     */
    public SocketAddress localAddress() {
        return channel.localAddress();
    }

    /**
     * The header of the PROXY protocol with which this connection began. A server reads it before
     * TLS and the handler if its options have a {@link io.loomline.proxy.ProxyProtocol}. Its bytes
     * do not count as read.
     *
     * @return the header, also after a close; empty if the server expects none
     */
    public Optional<ProxyHeader> proxyHeader() {
        return Optional.ofNullable(proxied).flatMap(ProxiedChannel::header);
    }

    /**
     * The credentials of the peer of a Unix-domain socket, as reported by the kernel.
     *
     * @return the peer's user and group; empty for any other kind of connection
     * @throws ConnectionClosedException if the connection was closed on this side
     * @throws IOException if the kernel does not report them
     */
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        return channel.peerCredentials();
    }

    /**
     * The number of bytes read from the connection, excluding the ones in its buffer.
     *
     * @return the number of bytes
     */
    public long bytesRead() {
        return input.bytesRead();
    }

    /**
     * The number of bytes written to the connection, including the ones in its buffer.
     *
     * @return the number of bytes
     */
    public long bytesWritten() {
        return output.takenBytes();
    }

    /**
     * Whether the connection is open on this side.
     *
     * @return true until {@link #close} or {@link #abort} is called
     */
    public boolean isOpen() {
        return !channel.isClosing();
    }

    /** Both addresses. */
    @Override
    public String toString() {
        return "connection " + localAddress() + " - " + remoteAddress();
    }
}
