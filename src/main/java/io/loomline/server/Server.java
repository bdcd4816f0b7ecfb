package io.loomline.server;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.headroom.DescriptorHeadroom;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.server.admission.Origins;
import io.loomline.server.admission.Permits;
import io.loomline.server.admission.Refusals;
import io.loomline.server.failure.HandlerFailureLog;
import io.loomline.server.idle.IdleEviction;
import io.loomline.server.idle.IdleWatchdog;
import io.loomline.server.listen.Handover;
import io.loomline.server.listen.OpenServers;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/**
 * Accepts connections and serves each in a task of its own. A server is a task group of its
 * runtime: closing the server or the runtime ends its connections.
 *
 * <pre>
 *   accepting ◀──suspend, resume──▶ suspended
 *       └──shutdown, after its delay; close──┴──▶ draining ──▶ closed
 * </pre>
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Server implements AutoCloseable {
    private static final DescriptorHeadroom HEADROOM = DescriptorHeadroom.OF_THIS_PROCESS;

    private final TaskGroup group;
    private final Permits permits;
    private final AdmissionControl control;
    private final Connections factory;
    private final ServerOptions options;
    private final HandlerFailureLog failures;
    private final AcceptStatistics statistics = new AcceptStatistics();
    private final Serving.Service service;
    private final Set<Serving> connections = ConcurrentHashMap.newKeySet();
    private final IdleWatchdog idleWatchdog;

    /** One for each listener. */
    private final List<AcceptLoop> loops;

    /** The tasks of the loops. */
    private final List<Task<Void>> accepting = new ArrayList<>();

    private final TaskGroup parent;
    private final Handover handover;
    private final OpenServers<Server> open;

    /** Whether this server was shut down or closed; never cleared. */
    private volatile boolean ending;

    /** The last shutdown that refuses new clients; null if there was none. */
    private volatile @Nullable Shutdown shutdown;

    /**
     * The parts of a server.
     *
     * @param driver the driver of the listeners
     * @param acceptors the open listeners, which the server closes
     * @param group the server's own group, with the policy {@code SUPERVISE}
     * @param parent the group that it is in
     * @param connections makes the connections
     * @param open the servers of the listener that are not closed; this one takes itself out
     */
    record Parts(
            Driver driver,
            List<Acceptor> acceptors,
            TaskGroup group,
            TaskGroup parent,
            Connections connections,
            OpenServers<Server> open) {}

    /** A server, which starts to accept. */
    Server(Parts parts, ServerOptions options, ConnectionHandler handler) {
        this.group = parts.group();
        this.parent = parts.parent();
        this.open = parts.open();
        this.factory = parts.connections();
        this.handover = new Handover(parts.driver(), parts.acceptors(), factory);
        this.failures = new HandlerFailureLog(factory.clock());
        this.options = options;
        this.permits = new Permits(options.maxConnections());
        this.control = control();
        this.service = service(handler);
        this.idleWatchdog = new IdleWatchdog(factory.clock(), options.limits(), connections);
        var shared = new AcceptLoop.Shared(permits, control, statistics);
        this.loops =
                parts.acceptors().stream()
                        .map(each -> new AcceptLoop(each, shared, factory.clock(), this::serve))
                        .toList();
        for (AcceptLoop loop : loops) {
            Task<Void> task = group.start("accept", loop::run);
            accepting.add(task.onDone(_ -> stopped(loop))); // also if it never ran
        }
    }

    private AdmissionControl control() {
        var refusals = new Refusals(group, factory.clock());
        var eviction = new IdleEviction(connections);
        return new AdmissionControl(
                new AdmissionControl.Parts(permits, statistics, factory, refusals, eviction),
                options);
    }

    private void stopped(AcceptLoop loop) {
        loop.close();
        handover.close();
    }

    private Serving.Service service(ConnectionHandler handler) {
        return new Serving.Service(
                handler,
                ProxyGreeting.of(options, factory.clock(), failures),
                Handshakes.of(options, factory.clock(), failures),
                failures,
                statistics,
                control,
                options.resetOnFailure(),
                factory,
                this::ended);
    }

    /** Starts the task of a connection that has its permit. Runs on the accepting task. */
    private void serve(AdmissionControl.Accepted client) {
        Serving serving = null;
        boolean registered = false;
        int descriptors = control.descriptorsPerConnection();
        try {
            HEADROOM.enter(descriptors);
            Connection connection =
                    ProxyGreeting.connectionOver(client.channel(), factory, options);
            serving = new Serving(connection, client.visit(), descriptors, service);
            registered = connections.add(serving);
            serving.countOrigin(); // the limits may have been set since the accept
            idleWatchdog.connectionAdded(); // before the task, whose end calls the opposite
            Task<@Nullable Void> task = group.start(serving);
            serving.startedAs(task);
            Shutdown present = shutdown;
            if (present != null) present.accepted(serving);
        } catch (Throwable e) {
            boolean hasPermit = !registered || connections.remove(serving);
            idleWatchdog.connectionRemoved();
            if (serving == null) control.origins().leave(client.visit());
            else serving.leaveOrigin();
            notServed(client.channel(), hasPermit ? descriptors : 0, e);
        }
    }

    /** Cleans up if the task did not start: out of memory, or a context carrier threw. */
    private void notServed(Channel channel, int descriptors, Throwable e) {
        try {
            channel.abort();
        } finally { // the driver may throw
            if (descriptors > 0) releasePermit(descriptors);
        }
        boolean cancelled = Task.current().cancelReason().isPresent();
        statistics.countUnserved(!cancelled, AdmissionReason.SHUTDOWN);
        if (cancelled) return;
        failures.logNotServed(channel.remoteAddress(), e);
        if (e instanceof VirtualMachineError || e instanceof LinkageError) throw (Error) e;
    }

    private void ended(Serving serving) {
        if (connections.remove(serving)) releasePermit(serving.descriptors);
        idleWatchdog.connectionRemoved();
    }

    private void releasePermit(int descriptors) {
        HEADROOM.leave(descriptors);
        loops.forEach(AcceptLoop::wake); // a loop may be waiting for a descriptor
        permits.release();
    }

    /**
     * The address that the server listens at, with its actual port. If the server listens at
     * several addresses, this is the first of them.
     *
     * @return the address; it stays valid after the server was closed
     */
    public SocketAddress localAddress() {
        return loops.getFirst().address();
    }

    /**
     * All addresses that the server listens at, with their actual ports.
     *
     * @return the addresses; they stay valid after the server was closed
     */
    public List<SocketAddress> localAddresses() {
        return loops.stream().map(AcceptLoop::address).toList();
    }

    /**
     * The port that the server listens at. If the server listens at several addresses, this is the
     * port of the first that has one.
     *
     * @return the port; it stays valid after the server was closed
     * @throws IllegalStateException if no address has a port
     */
    public int port() {
        for (SocketAddress each : localAddresses()) {
            if (each instanceof InetSocketAddress inet) return inet.getPort();
        }
        throw new IllegalStateException("the address " + localAddress() + " has no port");
    }

    /**
     * How many connections the server is serving.
     *
     * @return the number
     */
    public int connectionCount() {
        return permits.active();
    }

    /**
     * The connections that the server is serving, also those in a TLS handshake, with the oldest
     * first. The list is a snapshot: it does not change, and connections may end meanwhile. It
     * delays no connection, and costs some microseconds for each.
     *
     * @return an immutable list; a connection that was accepted just now may be missing
     */
    public List<ServedConnection> connections() {
        long now = factory.clock().nanoTime();
        return connections.stream()
                .map(each -> each.snapshot(now))
                .filter(Objects::nonNull)
                .sorted(Comparator.comparingLong(each -> each.task().id())) // by time of start
                .toList();
    }

    /**
     * Whether the server accepts connections. It does not while it is {@linkplain #suspend
     * suspended}, while it pauses after a {@linkplain #lastFailure failure} such as a lack of
     * descriptors, and once it is shut down or closed. A server at its connection limit counts as
     * accepting.
     *
     * @return true if it accepts at each of its addresses
     */
    public boolean isAccepting() {
        return !permits.isSuspended() && loops.stream().allMatch(AcceptLoop::isAccepting);
    }

    /**
     * Whether load balancers should send clients here: the server {@linkplain #isAccepting accepts}
     * and is not shutting down. This becomes false first of all in a shutdown, before new clients
     * are refused.
     *
     * @return true if it accepts, and neither a shutdown nor a close has begun
     */
    public boolean isReady() {
        return !ending && isAccepting();
    }

    /**
     * The last failure that made the server pause or stop accepting.
     *
     * @return the failure, even if the server has recovered; empty if there was none
     */
    public Optional<Throwable> lastFailure() {
        return Optional.ofNullable(statistics.lastFailure());
    }

    /**
     * How many connections were passed to the handler; over TLS, after the handshake. Each that the
     * server takes from the kernel is counted in the end, as accepted, {@linkplain #refusedCount
     * refused} or {@linkplain #failedCount failed}. Clients in the backlog are not counted: over
     * the connection limit they wait there, and the kernel may turn them away unseen.
     *
     * @return the number since the start
     */
    public long acceptedCount() {
        return statistics.acceptedCount();
    }

    /**
     * How many connections the server closed without passing them to the handler: they were over a
     * limit, their TLS handshake or their PROXY header was invalid or late, or the server was shut
     * down or closed first. {@link #refusals} has the reasons.
     *
     * @return the number since the start
     */
    public long refusedCount() {
        return statistics.refusedCount();
    }

    /**
     * How many connections the server refused, by reason. {@link #refusedCount} is their sum.
     *
     * @return an immutable map with every reason
     */
    public Map<AdmissionReason, Long> refusals() {
        return statistics.refusals();
    }

    /**
     * How often the server has delayed its next accept, by reason. Clients that connect meanwhile
     * wait in the backlog; there may be none. A longer shortage counts several times.
     *
     * @return an immutable map with every reason
     */
    public Map<AdmissionReason, Long> delays() {
        return statistics.delays();
    }

    /**
     * How many connections were lost through an error before the handler got them: the peer reset
     * them while they were accepted, memory ran out, or a context carrier threw.
     *
     * @return the number since the start
     */
    public long failedCount() {
        return statistics.failedCount();
    }

    /** Begins or ends the record of operations of the present connections. */
    void recordOperations(boolean on) {
        for (Serving each : connections) {
            Connections.record(each.connection, on);
            each.nameThread(on);
        }
    }

    /**
     * The number of bytes that handlers have read, of all connections since the server was started.
     * Bytes of connections that end at this moment may be counted twice.
     *
     * @return the number
     */
    public long bytesRead() {
        long live = 0; // first: a connection that ends meanwhile must not be missing
        for (Serving each : connections) live += Math.max(0, each.connection.bytesRead());
        return live + statistics.bytesRead();
    }

    /**
     * The number of bytes that handlers have written, counted as {@link #bytesRead} does.
     *
     * @return the number
     */
    public long bytesWritten() {
        long live = 0;
        for (Serving each : connections) live += each.connection.bytesWritten();
        return live + statistics.bytesWritten();
    }

    /** Serves no further connection until {@link #resume}. New clients wait in the backlog. */
    public void suspend() {
        permits.suspend(true);
    }

    /** Reverts {@link #suspend}. */
    public void resume() {
        permits.suspend(false);
    }

    /**
     * Sets how many connections the server serves at a time. A number below the present count ends
     * no connection: the server accepts the next one when enough have ended.
     *
     * @param n the limit
     * @throws IllegalArgumentException if it is less than 1
     */
    public void maxConnections(int n) {
        AdmissionOptions.requireAtLeastOne("maxConnections", n);
        permits.limit(n);
    }

    /**
     * How many connections the server serves at a time.
     *
     * @return the limit at present
     */
    public int maxConnections() {
        return permits.limit();
    }

    /**
     * Which clients the server serves at present.
     *
     * @return the options
     */
    public AdmissionOptions admission() {
        return control.options();
    }

    /**
     * Sets which clients the server serves from now on. Connections over a new limit stay, and
     * count for it.
     *
     * @param options the options
     */
    public void admission(AdmissionOptions options) {
        control.options(Objects.requireNonNull(options, "options"));
        permits.recheck();
        connections.forEach(Serving::countOrigin);
    }

    Origins origins() {
        return control.origins();
    }

    /**
     * Offers the server's listening sockets to its successor, a newer process that {@linkplain
     * Listeners#takenOverFrom takes them over}. <i>Blocks</i> until a successor has them and has
     * confirmed that it accepts. From then on both accept, and this server is meant to be {@link
     * #shutdown shut down}. The shutdown serves what the kernel has queued at that moment, and
     * leaves later clients to the successor.
     *
     * <p>The file of a Unix-domain listener remains as long as one of the servers holds it, and the
     * last one removes it.
     *
     * <p>The offer is made at a Unix-domain socket that only this user can connect to. A successor
     * that runs as another user, root excepted, gets nothing. If one ends before it has confirmed,
     * the offer goes on.
     *
     * <p><i>Cancellation:</i> ends the offer; the server goes on.
     *
     * @param socket the path of the Unix-domain socket
     * @return true if a successor accepts; false if this server was shut down or closed before
     * @throws IOException if the path cannot be bound
     * @throws InterruptedException if the caller was cancelled
     * @throws UnsupportedOperationException if the driver cannot pass listeners to another process;
     *     the epoll driver can
     */
    public boolean handOver(Path socket) throws IOException, InterruptedException {
        return handover.to(Objects.requireNonNull(socket, "socket"));
    }

    /**
     * Shuts down with a grace period, as {@link #shutdown(ShutdownOptions)} does, without a
     * readiness delay and with all notices at once. <i>Blocks.</i>
     *
     * @param grace how long connections have to end by themselves
     * @return how the connections ended
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is a handler of this server
     * @throws IllegalArgumentException if the grace period is negative
     */
    public ShutdownReport shutdown(Duration grace) throws InterruptedException {
        return shutdown(ShutdownOptions.within(grace));
    }

    /**
     * Shuts down, and returns as soon as all connections have ended. <i>Blocks.</i> The steps are:
     *
     * <ol>
     *   <li>{@link #isReady} becomes false. During the readiness delay the server goes on as
     *       before.
     *   <li>The server refuses new clients. Connections that the kernel has queued count as
     *       present, even if the server was {@linkplain #suspend suspended}: it serves them, and
     *       resets none of them within the grace period. Connections over the limit wait until
     *       others have ended.
     *   <li>Each connection is notified: {@link io.loomline.net.Connection#awaitMessage} returns,
     *       {@link io.loomline.net.Connection#isDraining} becomes true, and the code of {@link
     *       io.loomline.net.Connection#onDrain} runs. A client from the backlog first has a second,
     *       at most half of the grace period, for its first message.
     *   <li>The server waits until all have ended, or the grace period is over.
     *   <li>It cancels the others.
     *   <li>After another 200 ms it resets those that the cancel has not ended.
     * </ol>
     *
     * <p><i>Cancellation:</i> ends the wait. If the server refuses new clients already, it
     * continues with its present connections only; in the readiness delay it continues to accept.
     * It can be shut down again or closed. {@link #isReady} stays false in either case.
     *
     * <p><i>Threads:</i> two shutdowns may run at once, such as one after a signal and the
     * program's own. Each has its own times, and reports what it has seen itself; a connection is
     * notified once. The one whose grace period ends first cancels the connections that are left.
     *
     * @param options the times
     * @return how the connections ended
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is a handler of this server
     */
    public ShutdownReport shutdown(ShutdownOptions options) throws InterruptedException {
        Objects.requireNonNull(options, "options");
        var subject =
                new Shutdown.Subject(group, permits, loops, connections, failures, factory.clock());
        subject.await(Duration.ZERO); // throws in a handler, before any effect
        ending = true;
        if (options.readinessDelay().isPositive()) subject.await(options.readinessDelay());
        var present = new Shutdown(subject, options);
        shutdown = present;
        ShutdownReport report = present.run();
        open.remove(group); // a cancelled shutdown leaves the server open
        return report;
    }

    /**
     * Waits until the server has stopped accepting and its last connection has ended.
     * <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> ends the wait.
     *
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is a handler of this server
     * @throws UncheckedIOException if other code has closed a listener of the server
     * @throws CancellationException if other code has cancelled the server's tasks, such as a
     *     handler its own group; not after a close of the server or of the runtime
     */
    public void await() throws InterruptedException {
        try {
            group.await();
        } catch (ExecutionException e) {
            throw new AssertionError("a supervised group has no failures of its own", e);
        }
        for (AcceptLoop loop : loops) loop.requireNotBroken();
        if (!ending && !parent.isCancelled()) accepting.forEach(this::requireNotCancelled);
    }

    private void requireNotCancelled(Task<?> loop) {
        loop.cancelReason()
                .ifPresent(reason -> {
                    throw new CancellationException(this + " was cancelled: " + reason);
                });
    }

    /**
     * Stops at once: refuses new connections, cancels the present ones and waits until they have
     * ended. <i>Blocks.</i> Further calls have no effect.
     *
     * @throws IllegalStateException if the caller is a handler of this server
     */
    @Override
    public void close() {
        ending = true;
        group.close();
        open.remove(group);
    }

    /** The address, and the number of connections. */
    @Override
    public String toString() {
        return "server at " + localAddress() + " (" + connectionCount() + " connections)";
    }
}
