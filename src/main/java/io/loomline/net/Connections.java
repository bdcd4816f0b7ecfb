package io.loomline.net;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.driver.Channel;
import io.loomline.driver.ExhaustionException;
import io.loomline.headroom.HeldBytes;
import io.loomline.net.read.TlsStart;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.net.write.AutoFlusher;
import io.loomline.stream.Limits;
import io.loomline.stream.Operation;
import io.loomline.task.Clock;
import io.loomline.task.TaskBody;
import io.loomline.tls.BufferedBytes;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsChannel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * A factory of connections over channels. The connections of one factory share a flusher, which
 * sends bytes that stay in their buffers, and a sweeper, which ends waits that exceed a timeout. A
 * runtime has one factory; you need your own only to build a runtime.
 *
 * <p><i>Threads:</i> any thread may call every method.
 */
public final class Connections {
    private final Clock clock;
    private final AutoFlusher flusher;
    private final TimeoutSweeper sweeper;
    private final HeldBytes held;
    private volatile boolean recording;
    private volatile Consumer<Boolean> onRecord = _ -> {};

    /**
     * A factory whose connections measure time by a clock.
     *
     * @param clock measures timeouts and flush delays
     */
    public Connections(Clock clock) {
        this(clock, Long.MAX_VALUE);
    }

    /**
     * A factory whose connections measure time by a clock and hold a bounded number of bytes.
     *
     * @param clock measures timeouts and flush delays
     * @param maxHeldBytes how many bytes they may hold together while they wait for peers
     */
    public Connections(Clock clock, long maxHeldBytes) {
        this.held = HeldBytes.within(maxHeldBytes);
        this.clock = Objects.requireNonNull(clock, "clock");
        this.flusher = new AutoFlusher(clock);
        this.sweeper = new TimeoutSweeper(clock);
    }

    /**
     * Sets how many bytes the connections may hold together while they wait for peers.
     *
     * @param maxHeldBytes the bound
     * @throws IllegalArgumentException if it is less than 1
     */
    public void maxHeldBytes(long maxHeldBytes) {
        held.limit(maxHeldBytes);
    }

    /**
     * A connection over a channel.
     *
     * @param channel a connected channel; the connection closes it
     * @param limits the timeouts and the buffer size that the connection starts with
     * @return the connection
     */
    public Connection over(Channel channel, Limits limits) {
        return new Connection(guarded(channel, limits), flusher, clock);
    }

    /**
     * A connection over a channel that begins with a header of the PROXY protocol. Call {@link
     * #readProxyHeader} before anything else.
     *
     * @param channel a connected channel; the connection closes it
     * @param limits the timeouts and the buffer size that the connection starts with
     * @return the connection
     */
    public Connection behindProxy(Channel channel, Limits limits) {
        var proxied = new ProxiedChannel(channel);
        Connection connection = over(proxied, limits);
        connection.proxied = proxied;
        return connection;
    }

    /**
     * Reads the header with which a connection begins, and no byte behind it. The connection has
     * the addresses of the header afterwards. <i>Blocks</i> until the header is complete.
     *
     * @param connection a connection that nobody else uses yet
     * @param maxBytes the largest size of a header of version 2, without its first 16 bytes
     * @throws java.io.EOFException if the peer ends its output before the first byte
     * @throws io.loomline.proxy.ProxyHeaderException if the header is malformed, incomplete or too
     *     long
     * @throws IOException if the connection is lost
     * @throws InterruptedException if the caller was cancelled; the connection can only be closed
     * @throws IllegalStateException if the connection is not {@linkplain #behindProxy behind a
     *     proxy}
     */
    public static void readProxyHeader(Connection connection, int maxBytes)
            throws IOException, InterruptedException {
        ProxiedChannel proxied = connection.proxied;
        if (proxied == null) {
            throw new IllegalStateException(connection + " does not begin with a PROXY header");
        }
        proxied.readHeader(connection.channel(), maxBytes);
    }

    /**
     * A connection over a channel that is also closed, with a warning in the log, if the connection
     * becomes unreachable without having been closed.
     *
     * @param channel a connected channel; the connection closes it
     * @param limits the timeouts and the buffer size that the connection starts with
     * @return the connection
     */
    public Connection watchedOver(Channel channel, Limits limits) {
        return watched(guarded(channel, limits), channel);
    }

    private Connection watched(GuardedChannel guarded, Channel channel) {
        // a call in progress always keeps the guarded channel reachable, unlike the connection
        var connection = new Connection(guarded, flusher, clock);
        var abandoned = new AbandonedChannel(channel, connection);
        connection.watchedBy(ObjectCleaner.whenCollected(guarded, this, abandoned));
        if (recording) guarded.record(true); // switched on before it was among the watched ones
        return connection;
    }

    /**
     * The open connections that {@link #watchedOver} has made, such as those of clients.
     *
     * @return a snapshot, in no order, without those that nobody refers to any more
     */
    public List<Connection> watched() {
        List<Connection> open = new ArrayList<>();
        ObjectCleaner.forEachAction(
                this,
                action -> {
                    if (!(action instanceof AbandonedChannel abandoned)) return;
                    Connection connection = abandoned.connection();
                    if (connection != null) open.add(connection);
                });
        return open;
    }

    /**
     * A connection that knows the host that it has connected to, which {@link Connection#startTls}
     * checks.
     *
     * @param channel a connected channel; the connection closes it
     * @param limits the timeouts and the buffer size that the connection starts with
     * @param host the host name or IP address
     * @return the connection, which is closed if it becomes unreachable
     */
    public Connection watchedOver(Channel channel, Limits limits, String host) {
        return watched(guarded(channel, limits).toHost(host), channel);
    }

    /**
     * Starts TLS on a connection that nobody else uses yet, as {@link Connection#startTls} does.
     *
     * @param connection the connection
     * @param tls the side of the connection
     * @param timeout the longest time of the handshake
     * @param permits one is held, except while the handshake waits for the peer
     * @throws IOException as {@link Connection#startTls} does
     * @throws InterruptedException if the caller was cancelled; the connection can only be closed
     */
    public static void startTls(Connection connection, Tls tls, Duration timeout, Semaphore permits)
            throws IOException, InterruptedException {
        connection.startTls(tls, BufferedBytes.REJECT, new TlsStart.Bounds(timeout, permits));
    }

    /**
     * Suppresses the close_notify of a TLS connection, so the peer treats the data as truncated.
     *
     * @param connection the connection, with TLS or without
     */
    public static void withholdEnd(Connection connection) {
        TlsChannel tls = connection.channel().tls();
        if (tls != null) tls.withholdEnd();
    }

    /**
     * Sets whether the calling thread only reads from a connection, for many other threads. Then
     * its calls that may wait for the output, such as {@code write}, throw an {@link
     * IllegalStateException}: if the peer waits until this side reads, such a wait never ends.
     *
     * @param connection the connection
     * @param onlyReads whether the thread only reads
     */
    public static void onlyReads(Connection connection, boolean onlyReads) {
        connection.output().onlyReads(onlyReads);
    }

    private GuardedChannel guarded(Channel channel, Limits limits) {
        var guarded = new GuardedChannel(channel, sweeper, limits, held);
        if (recording) guarded.record(true);
        return guarded;
    }

    /**
     * The clock that measures timeouts.
     *
     * @return the clock
     */
    public Clock clock() {
        return clock;
    }

    /**
     * A look at a connection, for a server that must find idle ones.
     *
     * @param connection the connection
     * @return its activity at present
     */
    public static Activity activityOf(Connection connection) {
        return Activity.of(connection.channel(), connection.input(), connection.output());
    }

    /**
     * Must be called before a server accepts a connection.
     *
     * @throws ExhaustionException if the connections of this factory hold so many bytes that a
     *     server should wait until they hold fewer
     */
    public void requireFewHeldBytes() throws ExhaustionException {
        held.requireForClient();
    }

    /**
     * Changes how many bytes are queued for a connection outside of it. They count for the bound of
     * the bytes that all connections hold together.
     *
     * @param connection the connection
     * @param before how many were queued; 0 for none
     * @param now how many are queued from now on
     * @throws IOException if that would exceed the bound; nothing is changed then
     */
    public static void changeQueuedBytes(Connection connection, int before, int now)
            throws IOException {
        connection.channel().held().change(before, now, connection.remoteAddress());
    }

    /**
     * Reduces the memory of unread input to about the number of its bytes. Called by the
     * connection's only reader before it waits for something else than input.
     *
     * @param connection the connection
     */
    public static void trimInput(Connection connection) {
        connection.bytes().trim();
    }

    /**
     * Begins to drain a connection: wakes its {@link Connection#awaitMessage}, and gives the notice
     * of {@link Connection#onDrain}. Further calls have no effect.
     *
     * @param connection the connection
     * @param tasks starts a task of the server for the notice
     * @return whether this call was the first
     */
    public static boolean beginDraining(Connection connection, Consumer<TaskBody> tasks) {
        return connection.drain().begin(tasks);
    }

    /**
     * Sets what to run when a connection begins to drain, in place of {@link Connection#onDrain}.
     *
     * @param connection the connection
     * @param action runs on the thread that begins the drain, so it must not block; at once if the
     *     connection drains already
     */
    public static void whenDraining(Connection connection, Runnable action) {
        connection.drain().onBegin(_ -> action.run());
    }

    /**
     * Sets whether operations are recorded, of the open connections and of all that are made from
     * now on.
     *
     * @param on whether they are; false drops what was recorded
     */
    public void record(boolean on) {
        recording = on; // first: a connection that is made meanwhile must not be missed
        for (Connection each : watched()) record(each, on);
        onRecord.accept(on);
    }

    /**
     * Sets what {@link #record(boolean)} calls for the open connections that are not {@linkplain
     * #watched watched}.
     *
     * @param action records their operations, or no longer
     */
    public void onRecord(Consumer<Boolean> action) {
        onRecord = action;
    }

    /**
     * Whether the operations of new connections are recorded.
     *
     * @return whether they are
     */
    public boolean isRecording() {
        return recording;
    }

    /**
     * Begins to record the operations of a connection, or ends that and drops the record.
     *
     * @param connection the connection
     * @param on whether to record
     */
    public static void record(Connection connection, boolean on) {
        connection.channel().record(on);
    }

    /**
     * The last 16 operations of a connection.
     *
     * @param connection the connection
     * @return the operations, the oldest first; none unless they are recorded
     */
    public static List<Operation> operationsOf(Connection connection) {
        return connection.channel().operations();
    }

    /**
     * The clock that measures the timeouts of a connection.
     *
     * @param connection the connection
     * @return the clock
     */
    public static Clock clockOf(Connection connection) {
        return connection.clock();
    }

    /**
     * The longest time for which a close waits for a peer that does not read.
     *
     * @param connection the connection
     * @return 5 s, or the write timeout if that is shorter
     */
    public static Duration closeBoundOf(Connection connection) {
        return CloseSequence.bound(connection.limits());
    }

    /** Stops watching for unreachable connections. Call it once their driver is closed. */
    public void close() {
        ObjectCleaner.endAll(this);
    }
}
