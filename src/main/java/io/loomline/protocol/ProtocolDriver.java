package io.loomline.protocol;

import io.loomline.log.ErrorText;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.tls.BufferedBytes;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsSession;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs the callbacks of a protocol on one thread, which reads the input and waits for changes. The
 * protocol is reachable from that thread's stack only, so a transport that outlives the connection
 * does not retain it.
 *
 * <pre>
 *   reading ◀──pauseReading, resumeReading──▶ paused
 *      └──close, end of input────────────────────┴──▶ sending the unsent bytes ──▶ ended
 * </pre>
 */
final class ProtocolDriver implements CurrentTransport.Driven {
    private static final Logger LOG = Loggers.of(ProtocolDriver.class);

    /** Shared by all connections: peers can cause any number of failures. */
    private static final LogRate FAILURE_RATE = new LogRate(10, System::nanoTime);

    /** Separate, so that invalid input does not suppress the log lines of failures. */
    private static final LogRate REFUSAL_RATE = new LogRate(10, System::nanoTime);

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private final Connection connection;
    private final WriteQueue writes;
    private final Thread thread = Thread.currentThread();

    /** Has permits if the state has changed since the driver last examined it. */
    private final Semaphore changes = new Semaphore(0);

    // written by callers of the transport, read by the driver
    private volatile boolean readingPaused;
    private volatile boolean closing;
    private volatile boolean aborted;

    /** How many bytes were read when the drain began. Written before {@code draining}. */
    private long drainedFromBytes;

    /** Whether the server drains the connection. */
    private volatile boolean draining;

    /** A request to start TLS. */
    private record TlsRequest(Tls tls, BufferedBytes buffered) {
        TlsRequest {
            Objects.requireNonNull(tls, "tls");
            Objects.requireNonNull(buffered, "buffered");
        }
    }

    private final AtomicBoolean tlsRequested = new AtomicBoolean();

    /** Set by a caller once, after writes are held; cleared by the driver when TLS has started. */
    private volatile @Nullable TlsRequest tlsRequest;

    /** The deadline of the driver's present wait for input; null if there is none. */
    private volatile @Nullable Deadline inputWait;

    // used by the driver only

    /** Reused for each wait for input until a change expires it. */
    private Deadline unexpired = Deadline.after(FOREVER);

    private boolean writingPaused;
    private boolean inputEnded;
    private boolean drainingTold;
    private boolean inCallback;

    /** The invalid input that closed the connection. */
    private @Nullable IOException refused;

    /** The callback for input that was read before reading was paused. */
    private @Nullable Callback pending;

    private ProtocolDriver(Connection connection, ProtocolOptions options) {
        this.connection = connection;
        this.writes = new WriteQueue(connection, options, this::signalChange);
    }

    static void run(Connection connection, Protocol protocol, ProtocolOptions options)
            throws InterruptedException {
        var driver = new ProtocolDriver(connection, options);
        var input = InputFeed.of(connection, protocol);
        ScopedValue.where(CurrentTransport.VALUE, driver)
                .call(() -> {
                    driver.drive(protocol, input);
                    return null;
                });
    }

    private void invoke(Callback callback) throws Exception {
        inCallback = true;
        callback.run();
        inCallback = false;
    }

    private void drive(Protocol protocol, InputFeed input) throws InterruptedException {
        Throwable cause = null;
        try {
            Connections.whenDraining(connection, this::drain);
            invoke(() -> protocol.connected(this));
            while (!isFinished()) proceed(protocol, input);
            cause = refused;
        } catch (Throwable e) {
            cause = aborted && !inCallback ? null : e;
            boolean isFailure = inCallback || !(e instanceof IOException);
            if (isFailure) Connections.withholdEnd(connection); // what was sent is incomplete
            if (isFailure && !(e instanceof InterruptedException)) {
                logFailure("a callback", e);
            }
        }
        end();
        try {
            protocol.disconnected(cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // cancelled in the callback
        } catch (Exception e) {
            logFailure("disconnected()", e);
        }
        if (cause instanceof InterruptedException cancelled) throw cancelled;
    }

    private void logFailure(String subject, Throwable e) {
        FAILURE_RATE.log(more ->
                LOG.warn(
                        "{} for the connection with {} failed{}",
                        subject,
                        remoteAddress(),
                        more,
                        LogText.printable(e)));
    }

    private boolean isFinished() throws IOException {
        if (aborted) return true;
        writes.requireUsable();
        return closing && writes.isEmpty();
    }

    /** Runs one callback, or waits for input or a change. */
    private void proceed(Protocol protocol, InputFeed input) throws Exception {
        TlsRequest request = tlsRequest;
        if (request != null && writes.isSentUpToHold()) {
            secure(request);
            invoke(() -> protocol.tlsStarted(this));
        } else if (!writingPaused && writes.isAboveHighWater()) {
            writingPaused = true;
            invoke(protocol::writingPaused);
        } else if (writingPaused && !writes.isAboveLowWater()) {
            writingPaused = false;
            invoke(protocol::writingResumed);
        } else if (draining && !drainingTold && !closing && !mustReceiveFirst(input)) {
            drainingTold = true;
            invoke(protocol::draining);
        } else if (request != null || closing || readingPaused || (inputEnded && pending == null)) {
            awaitChange();
        } else if (pending != null) {
            Callback received = pending;
            pending = null;
            invoke(received);
        } else {
            pending = receive(protocol, input);
        }
    }

    /**
     * Whether a message that has begun to arrive is received before the protocol learns of the
     * drain. A peer that never stops cannot keep it from learning.
     */
    private boolean mustReceiveFirst(InputFeed input) throws IOException, InterruptedException {
        if (tlsRequest != null || readingPaused || input.isSkipping()) return false;
        if (pending != null) return true;
        long readBytes = connection.bytesRead() - drainedFromBytes;
        if (inputEnded || readBytes >= connection.limits().bufferBytes()) return false;
        return connection.awaitMessage(); // does not wait, because the connection drains
    }

    private void secure(TlsRequest request) throws IOException, InterruptedException {
        if (pending != null) {
            throw new ProtocolException(
                    remoteAddress() + " sent input before TLS was started: it is not protected");
        }
        connection.startTls(request.tls(), request.buffered());
        tlsRequest = null;
        writes.release();
    }

    private void awaitChange() throws InterruptedException {
        Task.checkCancelled();
        Connections.trimInput(connection);
        try {
            changes.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // a cancel throws with its reason
            Task.checkCancelled();
            throw e;
        }
        changes.drainPermits();
    }

    /** Waits for input or a change; the callback for the input, or null after a change. */
    private @Nullable Callback receive(Protocol protocol, InputFeed input)
            throws IOException, InterruptedException {
        inputWait = unexpired;
        try {
            if (changes.drainPermits() > 0) return null;
            Callback received = unexpired.call(input::next);
            if (received != null) return received;
            inputEnded = true;
            return protocol::inputEnded;
        } catch (TimeoutException e) {
            unexpired = Deadline.after(FOREVER);
            return null;
        } finally {
            inputWait = null;
        }
    }

    private void end() {
        pending = null; // it refers to the protocol
        closing = true;
        boolean sent = writes.close();
        if (sent && !aborted && !writes.hasFailed()) connection.close();
        else connection.abort(); // an orderly end would look complete to the peer
        writes.awaitBackground();
    }

    private void drain() {
        drainedFromBytes = connection.bytesRead();
        draining = true;
        signalChange();
    }

    private void signalChange() {
        if (Thread.currentThread() == thread) return; // it examines the state after the callback
        changes.release();
        Deadline present = inputWait;
        if (present != null) present.moveTo(Duration.ZERO);
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (closing) bytes.position(bytes.limit());
        else writes.add(bytes);
    }

    @Override
    public void close() {
        closing = true;
        signalChange();
    }

    @Override
    public void refuse(IOException invalidInput) {
        refused = invalidInput;
        String reason = ErrorText.of(invalidInput);
        boolean namesPeer = reason.contains(remoteAddress().toString());
        String shown =
                namesPeer ? LogText.of(reason) : remoteAddress() + ": " + LogText.of(invalidInput);
        REFUSAL_RATE.log(more -> LOG.info("a connection was closed: {}{}", shown, more));
        close();
    }

    @Override
    public void abort() {
        aborted = true;
        closing = true;
        connection.abort();
        signalChange();
    }

    @Override
    public void startTls(Tls tls, BufferedBytes buffered) {
        var request = new TlsRequest(tls, buffered);
        if (connection.tls().isPresent() || tlsRequested.getAndSet(true)) {
            throw new IllegalStateException("TLS to " + remoteAddress() + " was started already");
        }
        writes.hold();
        tlsRequest = request;
        signalChange();
    }

    @Override
    public Optional<TlsSession> tls() {
        return connection.tls();
    }

    @Override
    public void pauseReading() {
        if (readingPaused) return;
        readingPaused = true;
        signalChange();
    }

    @Override
    public void resumeReading() {
        if (!readingPaused) return; // a change would restart the read timeout
        readingPaused = false;
        signalChange();
    }

    @Override
    public boolean isClosing() {
        return closing || writes.hasFailed();
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
