package io.loomline.tls;

import io.loomline.concurrent.Threads;
import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.tls.record.BackgroundFlush;
import io.loomline.tls.record.Handshake;
import io.loomline.tls.record.RecordReader;
import io.loomline.tls.record.RecordWriter;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * A channel that speaks TLS over another channel. Connections create their own; create one yourself
 * only for your own {@link Channel}.
 *
 * <pre>
 *   new ──handshake──▶ open ──shutdownOutput──▶ half closed
 *    │                  │                          │
 *    └──────────────────┴──close, abort────────────┴──▶ closed
 * </pre>
 *
 * <p>It holds no buffer while it waits. {@link #close} and {@link #shutdownOutput} do not wait for
 * a peer that does not read: a background thread then sends the last message, for at most 3 s.
 *
 * <p><i>Threads:</i> as for any channel. One thread runs the handshake, before all reads and
 * writes.
 */
public final class TlsChannel implements Channel {
    /** How long a peer has to take the message that ends the data. */
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final Semaphore UNBOUNDED = new Semaphore(Integer.MAX_VALUE);

    private final Channel below;
    private final Tls tls;
    private final @Nullable PeerName peer;
    private final SSLEngine engine;
    private final RecordReader reader;
    private final RecordWriter writer;
    private final BackgroundFlush background;

    /** Set by the handshake. */
    private volatile @Nullable TlsSession session;

    /** Set by the closing thread, never cleared. */
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Whether the output ends without close_notify. Set before it ends. */
    private volatile boolean withholdsEnd;

    /** Whether the output was shut down. */
    private volatile boolean ended;

    /** The reader while it waits, which a close wakes while the channel below is still open. */
    private volatile @Nullable Thread readWaiter;

    /** The thread that ends a close; null until there is one. */
    private volatile @Nullable Thread closer;

    private TlsChannel(Channel below, Tls tls, @Nullable PeerName peer, SSLEngine engine) {
        this.below = below;
        this.tls = tls;
        this.peer = peer;
        this.engine = engine;
        boolean lenient = tls.options().lenientClose();
        reader =
                new RecordReader(
                        below,
                        engine,
                        lenient,
                        () -> new TlsTruncationException(below.remoteAddress()));
        writer = new RecordWriter(below, engine);
        background = new BackgroundFlush(below, writer, this::flushed);
    }

    /**
     * A channel whose handshake has not run.
     *
     * @param below the connected channel, which this one closes
     * @param tls the configuration
     * @param host the host that a client has connected to; null if it has none
     * @return the channel
     * @throws IOException if the engine cannot be created
     * @throws IllegalArgumentException if a client has no host name to check, or a server asks for
     *     client certificates without saying which to trust
     */
    public static TlsChannel over(Channel below, Tls tls, @Nullable String host)
            throws IOException {
        if (!tls.isClient()) tls.requireServer();
        PeerName peer = tls.peerName(host);
        int port = below.remoteAddress() instanceof InetSocketAddress inet ? inet.getPort() : -1;
        return new TlsChannel(below, tls, peer, tls.engine(peer, port));
    }

    /**
     * Runs the handshake. <i>Blocks</i>, without a timeout of its own. If negotiation fails, an
     * alert is sent if possible. After any failure, the channel can only be closed. Called once.
     *
     * @param received the first bytes of the handshake that were received before; copied
     * @throws SSLException if the handshake fails
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was interrupted; the status is cleared
     */
    public void handshake(ByteBuffer received) throws IOException, InterruptedException {
        handshake(received, UNBOUNDED);
    }

    /**
     * Runs the handshake as {@link #handshake(ByteBuffer)} does.
     *
     * @param received the first bytes of the handshake that were received before; copied
     * @param permits one is held, except while the handshake waits for the peer
     * @throws SSLException if the handshake fails
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was interrupted; the status is cleared
     */
    public void handshake(ByteBuffer received, Semaphore permits)
            throws IOException, InterruptedException {
        reader.feed(received);
        try {
            new Handshake(engine, reader, writer, background).run(this::awaitReadable, permits);
            if (peer != null && !tls.trustsAll()) SessionCheck.requireName(engine, peer);
        } catch (IOException e) {
            requireOpen(); // if closed meanwhile, this side caused the error
            throw TlsFailure.explained(e, tls.options());
        }
        session = SessionCheck.sessionOf(engine, peer);
        var _ = background.flush();
    }

    /**
     * What the handshake has negotiated.
     *
     * @return the session; empty before the handshake
     */
    public Optional<TlsSession> established() {
        return Optional.ofNullable(session);
    }

    /**
     * Whether this TLS 1.3 client is still waiting for the server's session tickets. A client that
     * closes before they arrive resets the connection, which can destroy what it has sent.
     *
     * @return true until the first message after the handshake has arrived
     */
    public boolean awaitsTickets() {
        TlsSession present = session;
        if (present == null || !tls.isClient() || !present.protocol().equals("TLSv1.3")) {
            return false;
        }
        return reader.isFirst();
    }

    /**
     * Passes sealed records to the channel below, without waiting.
     *
     * @return false if some are left, which are then sent in the background; true before the
     *     handshake is complete, when no bytes have been taken
     * @throws IOException if the connection is lost
     */
    public boolean tryFlush() throws IOException {
        return session == null || background.flush();
    }

    /** Suppresses close_notify, so the peer treats the data as truncated. */
    public void withholdEnd() {
        withholdsEnd = true;
    }

    private void requireOpen() throws ClosedChannelException {
        if (closed.get()) throw new ClosedChannelException();
    }

    private void requireSession() throws IOException {
        requireOpen();
        if (session == null) throw new SSLException("the TLS handshake is not complete");
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        requireSession();
        try {
            int moved = reader.tryRead(target);
            if (reader.takeWantsWrap()) sendControl();
            if (moved < 0) requireOpen(); // the peer answers the end of a close with its own
            return moved;
        } catch (IOException e) {
            requireOpen(); // if closed meanwhile, this side caused the error
            if (e instanceof SSLException) sendControl();
            throw TlsFailure.explained(e, tls.options());
        }
    }

    /** Sends an alert or an answer of the engine, as far as the peer takes it now. */
    private void sendControl() {
        try {
            writer.sealControl();
            var _ = background.flush();
        } catch (IOException e) {
            // the next write reports it; what was read before is to be delivered
        }
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return (int) tryWrite(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        requireSession();
        try {
            long taken = writer.tryWrite(sources, offset, length);
            if (!writer.isFlushed()) background.start();
            return taken;
        } catch (IOException e) {
            requireOpen(); // if closed meanwhile, this side caused the error
            if (writer.hasFailed()) endBelow();
            SSLException alert = reader.findAlert();
            LockSupport.unpark(readWaiter); // which may have missed it
            throw alert == null ? e : TlsFailure.explained(alert, tls.options());
        }
    }

    /** Ends the output without close_notify: a peer that waits for the end need not wait longer. */
    private void endBelow() {
        ended = true;
        try {
            if (background.flush()) below.shutdownOutput();
        } catch (IOException e) {
            // the connection is lost, which the next read reports
        }
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        readWaiter = Thread.currentThread();
        try {
            if (!closed.get() && !reader.isReady()) below.awaitReadable();
        } finally {
            readWaiter = null;
        }
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        if (!closed.get() && !ended) background.awaitWritable();
    }

    /**
     * Waits until {@link #tryFlush} would make progress, also after the output was shut down.
     * <i>Blocks.</i> May return early for no reason.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    public void awaitFlushed() throws InterruptedException {
        if (!closed.get() && !writer.isFlushed()) background.awaitWritable();
    }

    @Override
    public boolean isLost() {
        return below.isLost();
    }

    @Override
    public void shutdownOutput() throws IOException {
        requireOpen();
        writer.end(session != null && !withholdsEnd);
        ended = true;
        background.wakeWriter();
        if (background.flush()) below.shutdownOutput();
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) return;
        boolean later = false;
        try {
            writer.end(session != null && !withholdsEnd);
            if (!background.flush()) {
                closeLater();
                later = true;
            }
        } catch (IOException e) {
            // the connection is lost
        } finally { // frees the channel below even if there is no memory for a thread
            if (!later) closeBelow();
            background.wakeWriter();
            LockSupport.unpark(readWaiter);
        }
    }

    /** Runs when a background thread ends. Another one may have begun to send the end. */
    private void flushed() {
        try {
            if (closed.get()) LockSupport.unpark(closer);
            else if (ended && writer.isFlushed()) below.shutdownOutput();
        } catch (IOException e) {
            // the connection is lost, which the next read reports
        }
    }

    private void closeLater() {
        Thread waiting = Threads.virtual(null, this::closeOnceFlushed);
        closer = waiting;
        waiting.start();
    }

    private void closeOnceFlushed() {
        long startNanos = System.nanoTime();
        try {
            while (!writer.tryFlush()) {
                long leftNanos = startNanos + END_NANOS - System.nanoTime();
                if (leftNanos <= 0) below.abort();
                else LockSupport.parkNanos(this, leftNanos);
            }
        } catch (IOException e) {
            // lost, or just reset
        } finally {
            closeBelow();
        }
    }

    /** Drops unread input first, so that the last message is not lost in a reset. */
    private void closeBelow() {
        try {
            reader.drop();
        } catch (IOException e) {
            // the connection is lost
        } finally {
            below.close();
        }
    }

    @Override
    public void abort() {
        closed.set(true);
        below.abort();
    }

    @Override
    public SocketAddress remoteAddress() {
        return below.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return below.localAddress();
    }

    @Override
    public Optional<PeerCredentials> peerCredentials() throws IOException {
        return below.peerCredentials();
    }
}
