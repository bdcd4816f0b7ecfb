package io.loomline.net.wire;

import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.headroom.HeldBytes;
import io.loomline.log.ErrorText;
import io.loomline.net.wire.WaitTimeouts.Side;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.stream.Operation;
import io.loomline.stream.Operation.Kind;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsChannel;
import io.loomline.tls.TlsTruncationException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * A channel as its connection sees it: errors name the operation and the peer, a close on this side
 * becomes a {@link ConnectionClosedException}, and waits have timeouts.
 */
public final class GuardedChannel {
    private static final AtomicReferenceFieldUpdater<GuardedChannel, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(GuardedChannel.class, State.class, "state");

    /** Replaced by {@link #startTls}, under the lock of the sender and by the reader. */
    private volatile Channel channel;

    /** The host that this side has connected to; null if there is none. Set before publication. */
    private @Nullable String host;

    /**
     * Whether this side has begun to close the connection. It begins before it closes the channel.
     *
     * <pre>
     *   open ◀──watchClosing, unwatchClosing──▶ watched
     *     └──────────beginClosing─────────────────┴──▶ closing
     * </pre>
     */
    private sealed interface State {
        /** The states without data. */
        enum Plain implements State {
            OPEN,
            CLOSING
        }

        /** Open; the watcher runs when this side begins to close. */
        record Watched(Runnable watcher) implements State {}
    }

    private volatile State state = State.Plain.OPEN;

    /** The timeouts of reads. A transfer on one side resets the idle time of the other. */
    private final WaitTimeouts reading;

    /** The timeouts of writes; created by the first write that waits, because most never do. */
    private volatile @Nullable WaitTimeouts writing;

    /** The number of bytes the channel has taken. Written by the writer. */
    private long sentBytes;

    /** Bounds the bytes that the connection holds while it waits, with those of others. */
    private final HeldBytes held;

    private volatile OperationRing operations = OperationRing.NONE;

    public GuardedChannel(Channel channel, TimeoutSweeper sweeper, Limits limits) {
        this(channel, sweeper, limits, HeldBytes.OF_THIS_JVM);
    }

    public GuardedChannel(Channel channel, TimeoutSweeper sweeper, Limits limits, HeldBytes held) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.held = held;
        reading = new WaitTimeouts(Side.INPUT, channel, sweeper, limits);
    }

    /** Sets the host that this side has connected to. Called before the channel is published. */
    public GuardedChannel toHost(String host) {
        this.host = host;
        return this;
    }

    public @Nullable String host() {
        return host;
    }

    /**
     * Puts TLS between the connection and its channel. From now on, reads and writes fail until the
     * handshake of the returned channel is complete. Called by the reader, under the lock of the
     * sender.
     */
    public TlsChannel startTls(Tls tls, @Nullable String host) throws IOException {
        if (tls() != null) {
            throw new IllegalStateException("TLS to " + remoteAddress() + " was started already");
        }
        try {
            TlsChannel created = TlsChannel.over(channel, tls, host);
            channel = created;
            return created;
        } catch (IOException e) { // what follows must not be sent as plaintext
            channel.abort();
            throw e;
        }
    }

    /** The TLS channel; null before {@link #startTls}. */
    public @Nullable TlsChannel tls() {
        return channel instanceof TlsChannel tls ? tls : null;
    }

    /** Whether the channel itself holds no bytes that it has taken, after a try to send them. */
    public boolean tryFlush() throws IOException {
        return !(channel instanceof TlsChannel tls) || tls.tryFlush();
    }

    public WaitTimeouts reading() {
        return reading;
    }

    /** The timeouts of writes. Only the writer may call this. */
    public WaitTimeouts writing() {
        WaitTimeouts present = writing;
        if (present != null) return present;
        var created = new WaitTimeouts(Side.OUTPUT, channel, reading.sweeper, limits());
        writing = created;
        // again after the field is set, because a concurrent change or close may have missed it
        created.limits(limits());
        if (isClosing()) created.retire();
        return created;
    }

    /** Called when a write begins or has made progress: its timeout restarts at its next wait. */
    public void restartWriting() {
        WaitTimeouts present = writing;
        if (present != null) present.restart();
    }

    public HeldBytes held() {
        return held;
    }

    public Limits limits() {
        return reading.limits();
    }

    /** Whether a read or a write waits. Other threads may see a change late. */
    public boolean isWaiting() {
        WaitTimeouts present = writing;
        return reading.isWaiting() || (present != null && present.isWaiting());
    }

    /** How long the present read or write has waited without progress; the longer of both. */
    public long waitedNanos() {
        WaitTimeouts present = writing;
        return Math.max(reading.waitedNanos(), present == null ? 0 : present.waitedNanos());
    }

    /** Sets the limits that apply from the next wait on. */
    public void limits(Limits limits) {
        reading.limits(limits);
        WaitTimeouts present = writing;
        if (present != null) present.limits(limits);
    }

    /**
     * Makes all further reads and writes throw, and runs the watcher.
     *
     * @return whether this call was the first
     */
    public boolean beginClosing() {
        State before = STATE.getAndSet(this, State.Plain.CLOSING);
        if (before instanceof State.Watched watched) watched.watcher().run();
        return before != State.Plain.CLOSING;
    }

    public boolean isClosing() {
        return state == State.Plain.CLOSING;
    }

    /**
     * Sets a watcher, which runs when this side begins to close, on the closing thread.
     *
     * @return false if there is a watcher already, or closing has begun
     */
    public boolean watchClosing(Runnable watcher) {
        return STATE.compareAndSet(this, State.Plain.OPEN, new State.Watched(watcher));
    }

    public void unwatchClosing(Runnable watcher) {
        State present = state;
        if (present instanceof State.Watched watched && watched.watcher() == watcher) {
            STATE.compareAndSet(this, present, State.Plain.OPEN);
        }
    }

    public void requireOpen() throws ConnectionClosedException {
        if (isClosing()) throw new ConnectionClosedException(remoteAddress(), null);
    }

    public int tryRead(ByteBuffer target) throws IOException {
        TimeSlice.spend(target.remaining());
        try {
            int moved = channel.tryRead(target);
            received(moved);
            return moved;
        } catch (IOException e) {
            throw failed(Kind.READ, e, "reading from");
        }
    }

    /**
     * Called before a write: if the calling thread has used up its time slice, others run first.
     * The tries of a write only count, because they are made under a lock.
     */
    public void giveWay() {
        TimeSlice.giveWay();
    }

    public int tryWrite(ByteBuffer source) throws IOException {
        int before = source.remaining();
        TimeSlice.count(before);
        try {
            return channel.tryWrite(source);
        } catch (IOException e) {
            throw failed(Kind.WRITE, e, "writing to");
        } finally {
            sent(before - source.remaining());
        }
    }

    /**
     * Writes from the sources in their order, without waiting.
     *
     * @return whether the sources are empty now
     */
    public boolean tryWrite(ByteBuffer[] sources) throws IOException {
        long before = remaining(sources);
        TimeSlice.count(before);
        try {
            channel.tryWrite(sources, 0, sources.length);
            return remaining(sources) == 0;
        } catch (IOException e) {
            throw failed(Kind.WRITE, e, "writing to");
        } finally {
            sent(before - remaining(sources));
        }
    }

    public static long remaining(ByteBuffer[] sources) {
        long sum = 0;
        for (ByteBuffer source : sources) sum += source.remaining();
        return sum;
    }

    /** The channel, as the driver has made it. */
    Channel unguarded() {
        return channel;
    }

    /**
     * Notes the result of a read.
     *
     * @param bytes the number of bytes that have arrived; -1 at the end of the input
     */
    void received(int bytes) {
        operations.read(bytes);
        WaitTimeouts present = writing;
        if (bytes > 0 && present != null) present.moved();
    }

    /** Notes that the channel has taken bytes. */
    void sent(long bytes) {
        if (bytes == 0) return;
        operations.wrote(bytes);
        sentBytes += bytes;
        reading.moved();
    }

    /** The number of bytes the channel has taken. Exact under the lock of the sender. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Waits for input. After a cancel the interrupt status stays set. */
    public void awaitReadable() throws InterruptedException {
        await(true);
    }

    /** Waits for input, or until the channel takes bytes. */
    public void await(boolean forInput) throws InterruptedException {
        OperationRing ring = operations;
        long start = ring.nanoTime();
        try {
            if (RecordedWait.isOn(forInput)) RecordedWait.run(channel, forInput);
            else if (forInput) channel.awaitReadable();
            else channel.awaitWritable();
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        } finally {
            ring.waited(forInput, start);
        }
    }

    /** Waits until the channel takes bytes. After a cancel the interrupt status stays set. */
    public void awaitWritable() throws InterruptedException {
        await(false);
    }

    public void shutdownOutput() throws IOException {
        try {
            channel.shutdownOutput();
            operations.ended(Kind.OUTPUT_END);
        } catch (IOException e) {
            throw failed(Kind.OUTPUT_END, e, "shutting down the output to");
        }
    }

    public Optional<PeerCredentials> peerCredentials() throws IOException {
        try {
            return channel.peerCredentials();
        } catch (IOException e) {
            throw translated(e, "reading the credentials of");
        }
    }

    /** Begins to record operations, or ends that and drops the record. */
    public void record(boolean on) {
        operations = on ? new OperationRing() : OperationRing.NONE;
    }

    /** The last operations, the oldest first; none unless they are recorded. */
    public List<Operation> operations() {
        return operations.list();
    }

    /** Notes an error of a read, a write or the end of the output, and translates it. */
    IOException failed(Kind kind, IOException e, String operation) {
        operations.failed(kind, e);
        return translated(e, operation);
    }

    /** An error as the connection reports it: a close on this side explains all others. */
    public IOException translated(IOException e, String operation) {
        if (isClosing() || e instanceof ClosedChannelException) {
            return new ConnectionClosedException(remoteAddress(), e);
        }
        if (e instanceof TlsTruncationException) return e; // it names the peer
        String text = operation + " " + remoteAddress() + ": " + ErrorText.of(e);
        return switch (e) {
            case SSLHandshakeException _ ->
                    (IOException) new SSLHandshakeException(text).initCause(e);
            case SSLException _ -> new SSLException(text, e);
            default -> new SocketException(text, e);
        };
    }

    /** Whether an error has ended the connection in both directions. */
    public boolean isLost() {
        return channel.isLost();
    }

    public void close() {
        operations.ended(Kind.CLOSE);
        channel.close();
        retire();
    }

    public void abort() {
        operations.ended(Kind.ABORT);
        channel.abort();
        retire();
    }

    private void retire() {
        reading.retire();
        WaitTimeouts present = writing;
        if (present != null) present.retire();
    }

    public SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    public SocketAddress localAddress() {
        return channel.localAddress();
    }
}
