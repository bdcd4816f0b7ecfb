package io.loomline.protocol;

import io.loomline.net.Connection;
import io.loomline.net.IncompleteReadException;
import io.loomline.net.LineFormat;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;

/**
 * A connection and the callbacks of its protocol, driven by one thread that reads, tells, and sends
 * in turn. The protocol is known to that thread only, so that a transport that someone has kept
 * does not keep it.
 *
 * <pre>
 *   reading ◀──pauseReading, resumeReading──▶ paused
 *      └──close, or the input has ended──────────┴──▶ sending what is left ──▶ over
 * </pre>
 */
final class Conversation implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    /** Bounds what one callback receives. */
    private static final int MOST_READ_BYTES = 64 * 1024;

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private final Connection connection;
    private final Outbox outbox;
    private final Thread driver = Thread.currentThread();

    /** One or more if something has changed that the driver must look at. */
    private final Semaphore changes = new Semaphore(0);

    // written by whoever calls the transport, read by the driver
    private volatile boolean readingPaused;
    private volatile boolean closing;
    private volatile boolean aborted;

    /** Ends the driver's wait for input, if it is in one. */
    private volatile @Nullable Deadline waiting;

    // the driver's
    private Deadline uncut = Deadline.after(FOREVER);
    private LineFormat lineFormat = LineFormat.DEFAULT;
    private boolean writingPaused;
    private boolean inputEnded;
    private boolean telling;

    /** What was read and is not told yet, because reading was paused meanwhile. */
    private @Nullable Callback held;

    private Conversation(Connection connection, ProtocolOptions options) {
        this.connection = connection;
        this.outbox = new Outbox(connection, options, this::change);
    }

    static void run(Connection connection, Protocol protocol, ProtocolOptions options)
            throws InterruptedException {
        var conversation = new Conversation(connection, options);
        conversation.prepare(protocol);
        ScopedValue.where(CurrentTransport.VALUE, conversation)
                .call(() -> {
                    conversation.drive(protocol);
                    return null;
                });
    }

    private void prepare(Protocol protocol) {
        if (!(protocol instanceof LineProtocol lines)) return;
        try {
            lineFormat = lines.lineFormat();
            connection.lineFormat(lineFormat);
        } catch (Throwable e) {
            connection.abort();
            throw e;
        }
    }

    /** A callback, made ready. */
    private interface Callback {
        void run() throws Exception;
    }

    private void tell(Callback callback) throws Exception {
        telling = true;
        callback.run();
        telling = false;
    }

    private void drive(Protocol protocol) throws InterruptedException {
        Throwable cause = null;
        try {
            tell(() -> protocol.connected(this));
            while (!isOver()) proceed(protocol);
        } catch (Throwable e) {
            cause = aborted && !telling ? null : e;
            boolean isFailure = telling || !(e instanceof IOException);
            if (isFailure && !(e instanceof InterruptedException)) {
                LOG.warn("a callback for the connection with {} failed", remoteAddress(), e);
            }
        }
        end();
        try {
            protocol.disconnected(cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // cancelled while it cleaned up
        } catch (Exception e) {
            LOG.warn("disconnected() for the connection with {} failed", remoteAddress(), e);
        }
        if (cause instanceof InterruptedException cancelled) throw cancelled;
    }

    private boolean isOver() throws IOException {
        if (aborted) return true;
        outbox.requireUsable();
        return closing && outbox.isEmpty();
    }

    /** One step: tells of something, or waits until there is something to tell. */
    private void proceed(Protocol protocol) throws Exception {
        if (!writingPaused && outbox.isAboveHighWater()) {
            writingPaused = true;
            tell(protocol::writingPaused);
        } else if (writingPaused && !outbox.isAboveLowWater()) {
            writingPaused = false;
            tell(protocol::writingResumed);
        } else if (closing || readingPaused || (inputEnded && held == null)) {
            awaitChange();
        } else if (held != null) {
            Callback received = held;
            held = null;
            tell(received);
        } else {
            held = receive(protocol);
        }
    }

    private void awaitChange() throws InterruptedException {
        Task.checkCancelled();
        try {
            changes.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // if it comes of a cancel, that says why
            Task.checkCancelled();
            throw e;
        }
        changes.drainPermits();
    }

    /** Waits for input, or for a change; what to tell, unless it was a change. */
    private @Nullable Callback receive(Protocol protocol) throws IOException, InterruptedException {
        waiting = uncut;
        try {
            return changes.drainPermits() > 0 ? null : uncut.call(() -> read(protocol));
        } catch (TimeoutException e) {
            uncut = Deadline.after(FOREVER);
            return null;
        } finally {
            waiting = null;
        }
    }

    private Callback read(Protocol protocol) throws IOException, InterruptedException {
        if (protocol instanceof LineProtocol lines) {
            String line = nextLine(lines);
            if (line != null) return () -> lines.lineReceived(line);
        } else {
            byte[] bytes = connection.read(MOST_READ_BYTES);
            if (bytes.length > 0) return () -> protocol.received(ByteBuffer.wrap(bytes));
        }
        inputEnded = true;
        return protocol::inputEnded;
    }

    private @Nullable String nextLine(LineProtocol lines) throws IOException, InterruptedException {
        byte[] delimiter = lines.delimiter();
        if (delimiter.length == 0) return connection.readLine();
        ByteBuffer bytes;
        try {
            byte[] line = connection.readUntil(delimiter, lineFormat.maxBytes() + delimiter.length);
            bytes = ByteBuffer.wrap(line, 0, line.length - delimiter.length);
        } catch (IncompleteReadException e) { // what stands before the end, if anything does
            if (e.received().length == 0) return null;
            if (lineFormat.unterminated() == LineFormat.Unterminated.REJECT) throw e;
            bytes = ByteBuffer.wrap(e.received());
        }
        return lineFormat.charset().newDecoder().decode(bytes).toString();
    }

    private void end() {
        held = null; // it knows the protocol
        closing = true;
        boolean sent = outbox.end();
        if (sent && !aborted && !outbox.hasFailed()) connection.close();
        else connection.abort(); // an end would tell the peer that it has got all
        outbox.awaitEnd();
    }

    private void change() {
        if (Thread.currentThread() == driver) return; // it looks anyway
        changes.release();
        Deadline cut = waiting;
        if (cut != null) cut.moveTo(Duration.ZERO);
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (closing) bytes.position(bytes.limit());
        else outbox.add(bytes);
    }

    @Override
    public void close() {
        closing = true;
        change();
    }

    @Override
    public void abort() {
        aborted = true;
        closing = true;
        connection.abort();
        change();
    }

    @Override
    public void pauseReading() {
        if (readingPaused) return;
        readingPaused = true;
        change();
    }

    @Override
    public void resumeReading() {
        if (!readingPaused) return; // every change cuts the wait for input
        readingPaused = false;
        change();
    }

    @Override
    public boolean isClosing() {
        return closing || outbox.hasFailed();
    }

    @Override
    public SocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    @Override
    public String toString() {
        return "transport to " + remoteAddress();
    }
}
