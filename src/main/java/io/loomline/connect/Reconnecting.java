package io.loomline.connect;

import io.loomline.log.ErrorText;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A client that connects again whenever its connection has ended, for sequential handlers and for
 * protocols in callback style:
 *
 * {@snippet lang=java :
 * var client = Reconnecting.of(() -> runtime.connect("localhost", 7000))
 *         .onConnected(connection -> connection.writeLine("hello, it is me"));
 * runtime.start(() -> client.run(connection -> connection.lines().forEach(System.out::println)));
 * client.connection().writeLine("news"); // in any task; waits while there is no connection
 * }
 *
 * <p>For requests that are answered in order, use a {@link Pipeline} over it.
 *
 * <p><i>Threads:</i> one thread runs it; any thread may wait for its connection.
 */
public final class Reconnecting {
    private static final Logger LOG = Loggers.of(Reconnecting.class);

    /** Shared by all clients: thousands may lose the same server. */
    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    private final Connector connector;
    private final Current<Connection> current = new Current<>("the client", Connection::isOpen);
    private final AtomicBoolean started = new AtomicBoolean();

    // set before it runs
    private Backoff backoff = Backoff.DEFAULT;
    private ConnectionHandler onConnected = _ -> {};
    private Consumer<? super Exception> onLost = _ -> {};

    /** Why there is no connection, for messages. Written by the running thread. */
    private volatile String absence = "the client has not been started";

    private Reconnecting(Connector connector) {
        this.connector = Objects.requireNonNull(connector, "connector");
    }

    /** Establishes a connection, as {@code Runtime.connect} does. */
    @FunctionalInterface
    public interface Connector {
        /**
         * Connects.
         *
         * @return the connection
         * @throws IOException if it fails; it is called again after a delay
         * @throws InterruptedException if the caller was cancelled
         */
        Connection connect() throws IOException, InterruptedException;
    }

    /**
     * A client that does not run yet, with {@link Backoff#DEFAULT}.
     *
     * @param connector establishes a connection
     * @return the client
     */
    public static Reconnecting of(Connector connector) {
        return new Reconnecting(connector);
    }

    /**
     * Runs a client, as {@link #run(ConnectionHandler)} does.
     *
     * @param connector establishes a connection
     * @param backoff the delays between attempts
     * @param handler uses a connection
     * @throws InterruptedException if the caller was cancelled
     * @throws Exception any other exception of the handler, which ends the repetition
     */
    public static void run(Connector connector, Backoff backoff, ConnectionHandler handler)
            throws Exception {
        of(connector).backoff(backoff).run(handler);
    }

    /**
     * Sets the delays between attempts.
     *
     * @param backoff the delays
     * @return this client
     * @throws IllegalStateException if the client runs already
     */
    public Reconnecting backoff(Backoff backoff) {
        requireNotStarted();
        this.backoff = Objects.requireNonNull(backoff, "backoff");
        return this;
    }

    /**
     * Sets what to do first with each new connection, before the handler or anyone else gets it:
     * for example log in, and subscribe again. If it throws an {@code IOException}, a {@code
     * TimeoutException} or a {@code RuntimeException}, the attempt has failed, and another one
     * follows after a delay. It has no time limit of its own: if the peer may keep it waiting, use
     * a {@link Deadline}, or set a read timeout.
     *
     * @param onConnected prepares a connection; replaces an earlier one
     * @return this client
     * @throws IllegalStateException if the client runs already
     */
    public Reconnecting onConnected(ConnectionHandler onConnected) {
        requireNotStarted();
        this.onConnected = Objects.requireNonNull(onConnected, "onConnected");
        return this;
    }

    /**
     * Sets what to do when a connection that was ready has ended, before the next attempt. It runs
     * on the thread that runs the client, and not if that is cancelled or the client ends.
     *
     * @param onLost receives the exception of the handler; an {@link EOFException} if the handler
     *     has returned
     * @return this client
     * @throws IllegalStateException if the client runs already
     */
    public Reconnecting onLost(Consumer<? super Exception> onLost) {
        requireNotStarted();
        this.onLost = Objects.requireNonNull(onLost, "onLost");
        return this;
    }

    private void requireNotStarted() {
        if (started.get()) throw new IllegalStateException("the client has been started already");
    }

    /**
     * Repeats until the calling task is cancelled: connects, calls the handler, closes the
     * connection, and waits. <i>Blocks.</i> A handler that returns or throws an {@link
     * IOException}, {@link TimeoutException} or {@link RuntimeException} ends its connection only:
     * what a handler cannot parse is as likely a fault of the peer. A {@code RuntimeException}
     * other than {@link UncheckedIOException} is logged as a warning, with its stack. The delays
     * grow with each failure and each short connection. A connection that lasted as long as the
     * longest delay resets them.
     *
     * <p><i>Cancellation:</i> ends the wait, the connect or the handler, and closes the connection.
     *
     * @param handler uses a connection
     * @throws InterruptedException if the caller was cancelled
     * @throws Exception any other exception of the handler, which ends the client
     * @throws IllegalStateException if the client runs or has run already
     */
    public void run(ConnectionHandler handler) throws Exception {
        Objects.requireNonNull(handler, "handler");
        if (!started.compareAndSet(false, true)) requireNotStarted();
        try {
            repeat(handler);
        } catch (Throwable e) {
            current.end(e);
            throw e;
        }
    }

    private void repeat(ConnectionHandler handler) throws Exception {
        absence = "the first attempt has not ended";
        for (int failures = 0; ; ) {
            End end = serveOne(handler);
            absence = end.description;
            failures = end.lasted ? 1 : failures + 1;
            Duration delay = backoff.delay(failures, ThreadLocalRandom.current());
            end.log(delay);
            Task.sleep(delay);
        }
    }

    /**
     * The current connection. <i>Blocks</i> while there is none, or none that is ready: until
     * {@link #onConnected} has returned for the next one. The connection may be lost at any time
     * after that. The client closes it; closing or aborting it makes the client connect again. If a
     * write to it fails, abort it before you call this again: the handler may not have noticed the
     * loss yet.
     *
     * @return the connection
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the client has ended; its cause is the reason
     */
    public Connection connection() throws InterruptedException {
        return current.await();
    }

    /**
     * The current connection, as {@link #connection()} returns it, within a time.
     *
     * @param timeout the longest time to wait
     * @return the connection
     * @throws TimeoutException if there is none within that time; says why the last attempt failed
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the client has ended; its cause is the reason
     */
    public Connection connection(Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        Task.checkCancelled();
        Connection present = current.poll();
        if (present != null) return present;
        try {
            return Deadline.after(timeout).call(current::await);
        } catch (TimeoutException e) {
            var failure = new TimeoutException("no connection within " + timeout + ": " + absence);
            failure.initCause(e);
            throw failure;
        }
    }

    /**
     * How a connection, or an attempt to establish one, ended.
     *
     * @param lasted whether the connection lasted long enough to reset the delays
     * @param level the level to log at
     * @param description the start of the log line
     * @param fault what is logged with its stack; null for nothing
     */
    private record End(boolean lasted, Level level, String description, @Nullable Throwable fault) {
        static End because(boolean lasted, Exception failure, String description) {
            return failure instanceof RuntimeException
                    ? new End(lasted, Level.WARN, description, LogText.printable(failure))
                    : new End(lasted, Level.INFO, description, null);
        }

        void log(Duration delay) {
            if (!LOG.isEnabledForLevel(level)) return;
            RATE.log(more ->
                    LOG.atLevel(level)
                            .setCause(fault)
                            .log(
                                    "{}; trying again in {}{}",
                                    description,
                                    delay.truncatedTo(ChronoUnit.MILLIS),
                                    more));
        }
    }

    private End serveOne(ConnectionHandler handler) throws Exception {
        Connection established;
        try {
            established = connector.connect();
        } catch (IOException e) {
            return End.because(false, e, failure(e));
        }
        try (Connection connection = established) {
            absence = "onConnected has not returned for " + connection;
            Exception unready = failureOf(onConnected, connection);
            if (unready != null) {
                return End.because(false, unready, failure(connection, unready));
            }
            return serveReady(connection, handler);
        }
    }

    private End serveReady(Connection connection, ConnectionHandler handler) throws Exception {
        var lasting = Deadline.after(backoff.longest());
        Exception loss;
        current.set(connection);
        try {
            loss = failureOf(handler, connection);
        } finally {
            current.clear(); // before the connection is closed, which may take a while
        }
        Task.checkCancelled();
        String ended = "the connection to " + connection.remoteAddress() + " has ended";
        onLost.accept(loss == null ? new EOFException(ended) : loss);
        return loss == null
                ? new End(lasting.isExpired(), Level.DEBUG, ended, null)
                : End.because(lasting.isExpired(), loss, loss(connection, loss));
    }

    /** What ended a connection, but not the client; null if the handler has returned. */
    private static @Nullable Exception failureOf(ConnectionHandler handler, Connection connection)
            throws Exception {
        try {
            handler.handle(connection);
            return null;
        } catch (UncheckedIOException e) {
            return e.getCause();
        } catch (IOException | TimeoutException | RuntimeException e) {
            return e;
        }
    }

    /** Our own exceptions name the operation and the target already. */
    private static String failure(IOException e) {
        boolean isOurs =
                e instanceof ConnectFailedException
                        || e instanceof SocketTimeoutException
                        || e instanceof UnknownHostException;
        return isOurs ? LogText.of(ErrorText.of(e)) : "cannot connect: " + LogText.of(e);
    }

    /** The connection was established, but never ready. */
    private static String failure(Connection connection, Exception e) {
        return "cannot prepare the connection to %s: %s"
                .formatted(connection.remoteAddress(), LogText.of(e));
    }

    /** Most exceptions of a connection name its peer already. */
    private static String loss(Connection connection, Throwable e) {
        String reason = ErrorText.of(e);
        String what =
                e instanceof SocketException ? "was lost" : "ended"; // or bad input, a timeout
        if (reason.contains(connection.remoteAddress().toString())) {
            return "a connection %s: %s".formatted(what, LogText.of(reason));
        }
        return "the connection to %s %s: %s"
                .formatted(connection.remoteAddress(), what, LogText.of(e));
    }
}
