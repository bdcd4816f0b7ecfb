package io.loomline.net.read;

import io.loomline.flight.ConnectionEvents;
import io.loomline.flight.HandshakeSpan;
import io.loomline.log.ErrorText;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.Interrupts;
import io.loomline.net.write.Output;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.tls.BufferedBytes;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsChannel;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Puts TLS under a connection, between two bytes of its plaintext.
 *
 * <p>The handshake runs on a thread of its own. A virtual thread keeps the memory for the deepest
 * stack with which it has waited, about 5 KB for a handshake, as long as it waits, and so would
 * each idle connection.
 */
public final class TlsStart {
    /**
     * The bounds of a handshake.
     *
     * @param timeout its longest time
     * @param permits how many handshakes run at a time
     */
    public record Bounds(Duration timeout, Semaphore permits) {
        private static final Semaphore NO_BOUND = new Semaphore(Integer.MAX_VALUE);

        /** The handshake timeout of a side, and any number of handshakes. */
        public static Bounds of(Tls tls) {
            return new Bounds(tls.handshakeTimeout(), NO_BOUND);
        }
    }

    private final Input input;
    private final Output output;
    private final GuardedChannel channel;
    private final Clock clock;

    public TlsStart(Input input, Output output, GuardedChannel channel, Clock clock) {
        this.input = input;
        this.output = output;
        this.channel = channel;
        this.clock = clock;
    }

    /**
     * Sends unsent bytes and runs the handshake. If it fails, all further reads and writes fail,
     * and only a close is left.
     *
     * @param buffered what to do with bytes that were received already
     * @param bounds the bounds of the handshake
     */
    public void run(Tls tls, BufferedBytes buffered, Bounds bounds)
            throws IOException, InterruptedException {
        Objects.requireNonNull(buffered, "buffered");
        Task.checkCancelled();
        if (output.isCorkedByCaller()) { // the thread of the handshake would wait for the cork
            throw new IllegalStateException(
                    "the output to %s is corked: expected startTls after the end of the cork"
                            .formatted(channel.remoteAddress()));
        }
        try {
            SeparateCall.run(() -> {
                input.enter();
                try {
                    output.whileFlushed(() -> start(tls, buffered, bounds));
                } finally {
                    input.leave();
                }
            });
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    private void start(Tls tls, BufferedBytes buffered, Bounds bounds)
            throws IOException, InterruptedException {
        TlsChannel started = channel.startTls(tls, channel.host());
        ByteBuffer received = takeReceived(buffered);
        Runnable abort = started::abort; // wakes the handshake
        if (!channel.watchClosing(abort)) channel.requireOpen();
        try {
            Deadline.after(bounds.timeout(), clock)
                    .run(() -> handshake(started, received, bounds.permits()));
        } catch (TimeoutException e) {
            throw timedOut(tls.handshakeTimeout(), e);
        } catch (SSLException e) {
            throw channel.translated(handshakeFailure(e), "the TLS handshake with");
        } catch (IOException e) {
            throw channel.translated(e, "the TLS handshake with");
        } finally {
            channel.unwatchClosing(abort);
        }
    }

    private static void handshake(TlsChannel started, ByteBuffer received, Semaphore permits)
            throws IOException, InterruptedException {
        HandshakeSpan span = ConnectionEvents.handshake();
        if (span == null) started.handshake(received, permits);
        else handshakeRecorded(span, started, received, permits);
    }

    private static void handshakeRecorded(
            HandshakeSpan span, TlsChannel started, ByteBuffer received, Semaphore permits)
            throws IOException, InterruptedException {
        Throwable failure = null;
        try {
            started.handshake(received, permits);
            started.established()
                    .ifPresent(
                            session -> span.negotiated(session.protocol(), session.cipherSuite()));
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            span.end(started.remoteAddress(), failure);
        }
    }

    private static SSLException handshakeFailure(SSLException e) {
        if (e instanceof SSLHandshakeException) return e;
        return (SSLException) new SSLHandshakeException(ErrorText.of(e)).initCause(e);
    }

    private ByteBuffer takeReceived(BufferedBytes buffered) throws IOException {
        byte[] received = input.takeReceived();
        if (received.length > 0 && buffered == BufferedBytes.REJECT) {
            throw new ProtocolException(
                    "%s sent %d bytes before TLS was started: they are not protected, so they are dropped"
                            .formatted(channel.remoteAddress(), received.length));
        }
        return ByteBuffer.wrap(received);
    }

    private SocketTimeoutException timedOut(Duration timeout, TimeoutException cause) {
        var failure =
                new SocketTimeoutException(
                        "handshakeTimeout %s of the connection to %s expired: the TLS handshake is not complete"
                                .formatted(timeout, channel.remoteAddress()));
        failure.initCause(cause);
        return failure;
    }
}
