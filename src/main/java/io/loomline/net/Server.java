package io.loomline.net;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
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
    /** How long cancelled connections get to end before they are reset. */
    private static final Duration CANCEL_GRACE = Duration.ofMillis(200);

    private final Acceptor acceptor;
    private final TaskGroup group;
    private final Admission admission;
    private final Upkeep upkeep;
    private final Limits limits;
    private final ConnectionHandler handler;
    private final FailureLog failures;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Task<Void> accepting;

    /** Starts to accept. The group is the server's own, and supervised. */
    Server(
            Acceptor acceptor,
            TaskGroup group,
            ServerOptions options,
            ConnectionHandler handler,
            Upkeep upkeep) {
        this.acceptor = acceptor;
        this.group = group;
        this.handler = handler;
        this.upkeep = upkeep;
        this.failures = new FailureLog(upkeep.clock());
        this.limits = options.limits();
        this.admission = new Admission(options.maxConnections());
        var loop = new AcceptLoop(acceptor, admission, upkeep.clock(), this::serve);
        this.accepting = group.start("accept", loop::run);
        accepting.onDone(_ -> acceptor.close()); // also if it never ran
    }

    /** On the accepting task; the connection has been admitted. */
    private void serve(Channel channel) {
        var connection = new Connection(channel, upkeep, limits);
        connections.add(connection);
        var serving = new Serving(connection);
        try {
            group.start(serving).onDone(serving);
        } catch (IllegalStateException e) {
            leave(connection); // closed meanwhile: the accepting task is cancelled too
        } catch (RuntimeException | Error e) {
            leave(connection);
            throw e;
        }
    }

    /**
     * What is done for a connection, in its task and when that has ended. It is no lambda: the
     * frames of those would be kept for each connection that waits.
     */
    private final class Serving implements Callable<@Nullable Void>, Consumer<Task<?>> {
        private final Connection connection;

        Serving(Connection connection) {
            this.connection = connection;
        }

        @Override
        public @Nullable Void call() throws Exception {
            try (connection) {
                try {
                    handler.handle(connection);
                } catch (Throwable e) {
                    if (FailureLog.isCancel(e)) throw e;
                    failures.log(connection, e);
                }
            }
            return null;
        }

        @Override
        public void accept(Task<?> ended) {
            leave(connection);
        }
    }

    /** The task has ended, or never ran: nobody else frees the connection then. */
    private void leave(Connection connection) {
        try {
            connection.close();
        } finally { // whatever a driver throws
            connections.remove(connection);
            admission.leave();
        }
    }

    /**
     * Where the server listens, with the port that was chosen.
     *
     * @return the address, also after the server was closed
     */
    public SocketAddress localAddress() {
        return acceptor.localAddress();
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
        awaitConnections(Duration.ZERO); // refuses a handler before anything is done
        accepting.cancelAndJoin();
        int all = connectionCount();
        int left = awaitConnections(grace);
        int stuck = 0;
        if (left > 0) {
            group.cancel("the server is shut down");
            stuck = awaitConnections(CANCEL_GRACE);
            connections.forEach(Connection::abort);
        }
        close();
        return new ShutdownReport(all - left, left - stuck, stuck);
    }

    /** How many are left when all have ended or the time is over. */
    private int awaitConnections(Duration timeout) throws InterruptedException {
        try {
            group.await(timeout);
            return 0;
        } catch (TimeoutException e) {
            return connectionCount();
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
     */
    public void await() throws InterruptedException {
        try {
            group.await();
        } catch (ExecutionException e) {
            throw new AssertionError("a supervised group has no failures of its own", e);
        }
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
