package io.loomline.connect;

import io.loomline.log.ErrorText;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.slf4j.Logger;
import org.slf4j.event.Level;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client that connects again whenever its connection is over, for handlers in sequential and in
 * callback style alike:
 *
 * {@snippet :
 * runtime.start(() ->
 *         Reconnecting.run(
 *                 () -> runtime.connect("localhost", 7000),
 *                 Backoff.DEFAULT,
 *                 connection -> connection.lines().forEach(System.out::println)));
 * }
 */
public final class Reconnecting {
    private static final Logger LOG = Loggers.of(Reconnecting.class);

    /** Of all clients: thousands may lose the same server. */
    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    private Reconnecting() {}

    /** Makes a connection, as {@code Runtime.connect} does. */
    @FunctionalInterface
    public interface Connector {
        /**
         * Connects.
         *
         * @return the connection
         * @throws IOException if that fails; it is tried again
         * @throws InterruptedException if the caller was cancelled
         */
        Connection connect() throws IOException, InterruptedException;
    }

    /**
     * Connects, lets the handler have the connection, closes it, waits a while, and so on, until
     * the calling task is cancelled. <i>Blocks.</i> A handler that returns, or throws {@link
     * IOException}, also in an {@link UncheckedIOException}, is done with this connection only. The
     * waits grow while connections fail, and start anew once one has stood for as long as the
     * longest wait.
     *
     * <p><i>Cancellation:</i> ends it, in whatever it is; the connection is closed.
     *
     * @param connector makes a connection
     * @param backoff how long to wait before each further try
     * @param handler what to do with a connection
     * @throws InterruptedException if the caller was cancelled
     * @throws Exception what the handler threw, but for {@code IOException}: then it is over
     */
    public static void run(Connector connector, Backoff backoff, ConnectionHandler handler)
            throws Exception {
        Objects.requireNonNull(connector, "connector");
        Objects.requireNonNull(backoff, "backoff");
        Objects.requireNonNull(handler, "handler");
        for (int failures = 0; ; ) {
            End end = serveOne(connector, backoff.longest(), handler);
            failures = end.stood ? 1 : failures + 1;
            Duration delay = backoff.delay(failures, ThreadLocalRandom.current());
            end.log(delay);
            Task.sleep(delay);
        }
    }

    /**
     * How a connection ended, or the try to make one.
     *
     * @param stood whether it has stood for long
     * @param level how much of a surprise it was
     * @param what what the log says
     */
    private record End(boolean stood, Level level, String what) {
        void log(Duration delay) {
            if (!LOG.isEnabledForLevel(level)) return;
            RATE.log(more ->
                    LOG.atLevel(level)
                            .log(
                                    "{}; trying again in {}{}",
                                    what,
                                    delay.truncatedTo(ChronoUnit.MILLIS),
                                    more));
        }
    }

    private static End serveOne(Connector connector, Duration forLong, ConnectionHandler handler)
            throws Exception {
        Connection made;
        try {
            made = connector.connect();
        } catch (IOException e) {
            return new End(false, Level.INFO, failure(e));
        }
        var standing = Deadline.after(forLong);
        try (Connection connection = made) {
            handler.handle(connection);
        } catch (IOException e) {
            return new End(standing.isExpired(), Level.INFO, loss(made, e));
        } catch (UncheckedIOException e) {
            return new End(
                    standing.isExpired(),
                    Level.INFO,
                    loss(made, Objects.requireNonNull(e.getCause())));
        }
        String over = "the connection to " + made.remoteAddress() + " has ended";
        return new End(standing.isExpired(), Level.DEBUG, over);
    }

    /** Ours say themselves that connecting failed, and where to. */
    private static String failure(IOException e) {
        boolean isOurs = e instanceof ConnectFailedException || e instanceof SocketTimeoutException;
        return isOurs ? LogText.of(ErrorText.of(e)) : "cannot connect: " + LogText.of(e);
    }

    /** Most exceptions of a connection name its peer themselves. */
    private static String loss(Connection connection, Throwable e) {
        String reason = ErrorText.of(e);
        if (reason.contains(connection.remoteAddress().toString())) {
            return "a connection is over: " + LogText.of(reason);
        }
        return "the connection to %s is over: %s"
                .formatted(connection.remoteAddress(), LogText.of(e));
    }
}
