package io.loomline.protocol;

import io.loomline.log.ErrorText;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

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
final class ProtocolDriver implements CurrentTransport.Driven {
    private static final Logger LOG = Loggers.of(ProtocolDriver.class);

    /** Of all conversations: peers may bring about as many failures as they like. */
    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    /** Peers that send nonsense must not keep failures out of the log. */
    private static final LogRate REFUSAL_RATE = new LogRate(10, System::nanoTime);

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private final Connection connection;
    private final WriteQueue outbox;
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
    private boolean writingPaused;
    private boolean inputEnded;
    private boolean telling;

    /** The input for which it was closed. */
    private @Nullable IOException refused;

    /** What was read and is not told yet, because reading was paused meanwhile. */
    private @Nullable Callback held;

    private ProtocolDriver(Connection connection, ProtocolOptions options) {
        this.connection = connection;
        this.outbox = new WriteQueue(connection, options, this::change);
    }

    static void run(Connection connection, Protocol protocol, ProtocolOptions options)
            throws InterruptedException {
        var conversation = new ProtocolDriver(connection, options);
        var intake = InputFeed.of(connection, protocol);
        ScopedValue.where(CurrentTransport.VALUE, conversation)
                .call(() -> {
                    conversation.drive(protocol, intake);
                    return null;
                });
    }

    private void tell(Callback callback) throws Exception {
        telling = true;
        callback.run();
        telling = false;
    }

    private void drive(Protocol protocol, InputFeed intake) throws InterruptedException {
        Throwable cause = null;
        try {
            tell(() -> protocol.connected(this));
            while (!isOver()) proceed(protocol, intake);
            cause = refused;
        } catch (Throwable e) {
            cause = aborted && !telling ? null : e;
            boolean isFailure = telling || !(e instanceof IOException);
            if (isFailure && !(e instanceof InterruptedException)) {
                logFailure("a callback", e);
            }
        }
        end();
        try {
            protocol.disconnected(cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // cancelled while it cleaned up
        } catch (Exception e) {
            logFailure("disconnected()", e);
        }
        if (cause instanceof InterruptedException cancelled) throw cancelled;
    }

    private void logFailure(String what, Throwable e) {
        RATE.log(more ->
                LOG.warn(
                        "{} for the connection with {} failed{}",
                        what,
                        remoteAddress(),
                        more,
                        LogText.printable(e)));
    }

    private boolean isOver() throws IOException {
        if (aborted) return true;
        outbox.requireUsable();
        return closing && outbox.isEmpty();
    }

    /** One step: tells of something, or waits until there is something to tell. */
    private void proceed(Protocol protocol, InputFeed intake) throws Exception {
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
            held = receive(protocol, intake);
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
    private @Nullable Callback receive(Protocol protocol, InputFeed intake)
            throws IOException, InterruptedException {
        waiting = uncut;
        try {
            if (changes.drainPermits() > 0) return null;
            Callback received = uncut.call(intake::next);
            if (received != null) return received;
            inputEnded = true;
            return protocol::inputEnded;
        } catch (TimeoutException e) {
            uncut = Deadline.after(FOREVER);
            return null;
        } finally {
            waiting = null;
        }
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
    public void refuse(IOException input) {
        refused = input;
        String reason = ErrorText.of(input);
        boolean namesPeer = reason.contains(remoteAddress().toString());
        String words = namesPeer ? LogText.of(reason) : remoteAddress() + ": " + LogText.of(input);
        REFUSAL_RATE.log(more -> LOG.info("a conversation is closed: {}{}", words, more));
        close();
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
