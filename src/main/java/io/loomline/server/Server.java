package io.loomline.server;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.headroom.DescriptorHeadroom;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Accepts connections and serves each in a task of its own. It is a group of its runtime: closing
 * it, or the runtime, ends its connections.
 *
 * <pre>
 *   accepting ◀──suspend, resume──▶ suspended
 *       └───────────shutdown, close────┴──▶ draining ──▶ closed
 * </pre>
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Server implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Server.class);
    private static final DescriptorHeadroom HEADROOM = DescriptorHeadroom.OF_THIS_PROCESS;

    /** How long cancelled connections get to end before they are reset. */
    private static final Duration CANCEL_GRACE = Duration.ofMillis(200);

    /** What a shutdown without grace gives the kernel to hand over whom it has queued. */
    private static final Duration DRAIN_GRACE = Duration.ofSeconds(1);

    private final TaskGroup group;
    private final Admission admission;
    private final Connections factory;
    private final ServerOptions options;
    private final ConnectionHandler handler;
    private final HandlerFailureLog failures;
    private final AcceptStatistics log = new AcceptStatistics();
    private final Set<Serving> connections = ConcurrentHashMap.newKeySet();
    private final IdleWatchdog idleWatch;

    /** One for each address. */
    private final List<AcceptLoop> loops;

    /**
     * What a server is given.
     *
     * @param acceptors listen already; the server closes them
     * @param group the server's own, and supervised
     * @param connections makes the connections
     */
    record Parts(List<Acceptor> acceptors, TaskGroup group, Connections connections) {}

    /** Starts to accept. */
    Server(Parts parts, ServerOptions options, ConnectionHandler handler) {
        this.group = parts.group();
        this.handler = handler;
        this.factory = parts.connections();
        this.failures = new HandlerFailureLog(factory.clock());
        this.options = options;
        this.admission = new Admission(options.maxConnections());
        this.idleWatch = new IdleWatchdog(factory.clock(), options.limits(), connections);
        var entrance = new AcceptLoop.Entrance(admission, log);
        this.loops =
                parts.acceptors().stream()
                        .map(each -> new AcceptLoop(each, entrance, factory.clock(), this::serve))
                        .toList();
        for (AcceptLoop loop : loops) {
            group.start("accept", loop::run).onDone(_ -> loop.close()); // also if it never ran
        }
    }

    /** On the accepting task; the connection has been admitted. */
    private void serve(Channel channel) {
        Serving serving = null;
        boolean registered = false;
        try {
            HEADROOM.enter();
            serving = new Serving(factory.over(channel, options.limits()));
            registered = connections.add(serving);
            idleWatch.begin(); // before the task: when that has ended, so has the watch
            Task<@Nullable Void> task = group.start(serving);
            serving.task = task;
            log.accepted();
            task.onDone(serving);
        } catch (Throwable e) {
            boolean isIn = !registered || connections.remove(serving);
            idleWatch.end();
            notServed(channel, isIn, e);
        }
    }

    /**
     * Nobody hears of the connection's end: its task did not start, such as for a context carrier
     * that throws, or there was no memory for it.
     */
    private void notServed(Channel channel, boolean isIn, Throwable e) {
        try {
            channel.abort();
        } finally { // whatever a driver throws
            if (isIn) freePlace();
        }
        if (Task.current().cancelReason().isPresent()) return;
        logNotServed(channel.remoteAddress(), e);
        if (e instanceof VirtualMachineError || e instanceof LinkageError) throw (Error) e;
    }

    private void logNotServed(SocketAddress peer, Throwable e) {
        log.failed();
        failures.logNotServed(peer, e);
    }

    private void freePlace() {
        HEADROOM.leave();
        loops.forEach(AcceptLoop::wake); // maybe for want of a descriptor
        admission.leave();
    }

    /**
     * What is done for a connection, in its task and when that has ended. It is no lambda: the
     * frames of those would be kept for each connection that waits.
     */
    private final class Serving extends IdleWatchdog.Watched
            implements Callable<@Nullable Void>, Consumer<Task<?>> {
        /** Null until it has started. */
        private volatile @Nullable Task<?> task;

        Serving(Connection connection) {
            super(connection, factory.clock());
        }

        @Override
        public @Nullable Void call() throws Exception {
            try (connection) {
                try {
                    handler.handle(connection);
                } catch (Throwable e) {
                    boolean cancelled = HandlerFailureLog.isCancel(e);
                    if (!cancelled) failures.log(connection, e);
                    else if (wasIdle())
                        failures.log(connection, new SocketTimeoutException(whyIdle()));
                    if (options.resetOnFailure()) connection.abort();
                    if (cancelled) throw e;
                }
            }
            return null;
        }

        @Override
        boolean tryCut() {
            Task<?> present = task;
            return present != null && present.cancel(whyIdle());
        }

        private String whyIdle() {
            return "idleTimeout %s of the connection to %s is over: no byte moved either way"
                    .formatted(connection.limits().idleTimeout(), connection.remoteAddress());
        }

        /** The task has ended, or never ran: nobody else frees the connection then. */
        @Override
        public void accept(Task<?> ended) {
            try {
                connection.close();
            } finally { // whatever a driver throws
                if (connections.remove(this)) freePlace();
                idleWatch.end();
            }
            if (ended.state() == Future.State.FAILED) { // around the handler, as a carrier may
                logNotServed(connection.remoteAddress(), ended.exceptionNow());
            }
        }
    }

    /**
     * Where the server listens, with the port that was chosen; the first of its addresses, if it
     * listens at both loopbacks.
     *
     * @return the address, also after the server was closed
     */
    public SocketAddress localAddress() {
        return loops.getFirst().address();
    }

    /**
     * The port that the server listens at.
     *
     * @return the port, also after the server was closed
     * @throws IllegalStateException if it listens at an address that has no port
     */
    public int port() {
        if (localAddress() instanceof InetSocketAddress inet) return inet.getPort();
        throw new IllegalStateException("the address " + localAddress() + " has no port");
    }

    /**
     * How many connections the server is serving.
     *
     * @return the number
     */
    public int connectionCount() {
        return admission.count();
    }

    /**
     * Whether the server takes new connections. Not while it is {@linkplain #suspend suspended},
     * while it waits out a {@linkplain #lastFailure failure}, such as that there are no
     * descriptors, nor once it is shut down or closed. A server that is full takes the next one as
     * soon as another has left.
     *
     * @return true if it does, at each of its addresses
     */
    public boolean isAccepting() {
        return !admission.isSuspended() && loops.stream().allMatch(AcceptLoop::isAccepting);
    }

    /**
     * What has last kept the server from accepting for a while, or for good.
     *
     * @return the failure, also when it has passed; empty if there was none
     */
    public Optional<Throwable> lastFailure() {
        return Optional.ofNullable(log.lastFailure());
    }

    /**
     * How many connections were accepted and handed to the handler.
     *
     * @return the number since the start
     */
    public long acceptedCount() {
        return log.acceptedCount();
    }

    /**
     * How many connections were lost while they were accepted, or could not be handed to the
     * handler.
     *
     * @return the number since the start
     */
    public long failedCount() {
        return log.failedCount();
    }

    /** Serves no further connection until {@link #resume}; clients wait in the backlog. */
    public void suspend() {
        admission.suspend(true);
    }

    /** Takes {@link #suspend} back. */
    public void resume() {
        admission.suspend(false);
    }

    /**
     * Sets how many connections the server serves at a time. With a lower number than there are,
     * none is cut, and none is let in until enough have ended.
     *
     * @param n the number
     * @throws IllegalArgumentException if it is less than 1
     */
    public void maxConnections(int n) {
        ServerOptions.requireAtLeastOne("maxConnections", n);
        admission.limit(n);
    }

    /**
     * Stops: refuses new connections at once, lets the present ones end by themselves for a while,
     * then cancels them, and resets those that do not end for that. <i>Blocks.</i>
     *
     * <p>Connections that the kernel has queued are present ones, and are served, also if the
     * server was {@linkplain #suspend suspended}: nobody is reset who was connected, while there is
     * grace. Those over the limit of connections wait until others have ended.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cuts the waiting; the server then goes on with
     * what it has, accepts no more, and can be shut down again or closed.
     *
     * @param grace how long connections may go on by themselves
     * @return how the connections ended
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is a handler of this server
     */
    public ShutdownReport shutdown(Duration grace) throws InterruptedException {
        Objects.requireNonNull(grace, "grace");
        awaitConnections(within(Duration.ZERO)); // refuses a handler before anything is done
        Deadline end = Deadline.after(grace, factory.clock());
        long leftBefore = admission.left();
        admission.drain();
        loops.forEach(AcceptLoop::stop);
        awaitListeners(grace.compareTo(DRAIN_GRACE) < 0 ? within(DRAIN_GRACE) : end);
        boolean allEnded = awaitConnections(end);
        long finished = admission.left() - leftBefore;
        if (!allEnded) {
            group.cancel("the server is shut down");
            awaitConnections(within(CANCEL_GRACE));
        }
        int stuck = connectionCount();
        connections.forEach(each -> each.connection.abort());
        close();
        long cancelled = admission.entered() - leftBefore - finished - stuck;
        int unserved = loops.stream().mapToInt(AcceptLoop::unserved).sum();
        return new ShutdownReport((int) finished, (int) cancelled, stuck + unserved);
    }

    private Deadline within(Duration time) {
        return Deadline.after(time, factory.clock());
    }

    /** Returns when nobody is in the kernel's queues any more, and none can come, or at the end. */
    private void awaitListeners(Deadline end) throws InterruptedException {
        try {
            end.run(() -> {
                for (AcceptLoop loop : loops) loop.awaitClosed();
            });
        } catch (TimeoutException e) {
            LOG.debug("the queue of {} could not be emptied in time", this, e);
        }
    }

    /** Whether all have ended before the time is over. */
    private boolean awaitConnections(Deadline end) throws InterruptedException {
        try {
            end.<ExecutionException>run(group::await);
            return true;
        } catch (TimeoutException e) {
            return connectionCount() == 0;
        } catch (ExecutionException e) {
            throw new AssertionError("a supervised group has no failures of its own", e);
        }
    }

    /**
     * Waits until the server accepts no more and its last connection has ended. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the waiting.
     *
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is a handler of this server
     * @throws UncheckedIOException if the server could not go on accepting, because someone else
     *     has closed its listener; not if it was closed or shut down
     */
    public void await() throws InterruptedException {
        try {
            group.await();
        } catch (ExecutionException e) {
            throw new AssertionError("a supervised group has no failures of its own", e);
        }
        for (AcceptLoop loop : loops) loop.requireOrderlyEnd();
    }

    /**
     * Stops at once: refuses new connections, cancels the present ones and waits until they have
     * ended. <i>Blocks.</i> Further calls are without effect.
     *
     * @throws IllegalStateException if the caller is a handler of this server
     */
    @Override
    public void close() {
        group.close();
    }

    /** Where it listens, and how many connections it has. */
    @Override
    public String toString() {
        return "server at " + localAddress() + " (" + connectionCount() + " connections)";
    }
}
