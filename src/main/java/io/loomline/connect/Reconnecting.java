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
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client that connects again whenever its connection has ended, for sequential handlers and for
 * protocols in callback style:
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

    /** Shared by all clients: thousands may lose the same server. */
    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    private Reconnecting() {}

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
     * Repeats until the calling task is cancelled: connects, calls the handler, closes the
     * connection, and waits. <i>Blocks.</i> A handler that returns or throws an {@link IOException}
     * or {@link UncheckedIOException} ends its connection only. The delays grow with each failure
     * and each short connection. A connection that lasted as long as the longest delay resets them.
     *
     * <p><i>Cancellation:</i> ends the wait, the connect or the handler, and closes the connection.
     *
     * @param connector establishes a connection
     * @param backoff the delays between attempts
     * @param handler uses a connection
     * @throws InterruptedException if the caller was cancelled
     * @throws Exception any other exception of the handler, which ends the repetition
     */
    public static void run(Connector connector, Backoff backoff, ConnectionHandler handler)
            throws Exception {
        Objects.requireNonNull(connector, "connector");
        Objects.requireNonNull(backoff, "backoff");
        Objects.requireNonNull(handler, "handler");
        for (int failures = 0; ; ) {
            End end = serveOne(connector, backoff.longest(), handler);
            failures = end.lasted ? 1 : failures + 1;
            Duration delay = backoff.delay(failures, ThreadLocalRandom.current());
            end.log(delay);
            Task.sleep(delay);
        }
    }

    /**
     * How a connection, or an attempt to establish one, ended.
     *
     * @param lasted whether the connection lasted long enough to reset the delays
     * @param level the level to log at
     * @param description the start of the log line
     */
    private record End(boolean lasted, Level level, String description) {
        void log(Duration delay) {
            if (!LOG.isEnabledForLevel(level)) return;
            RATE.log(more ->
                    LOG.atLevel(level)
                            .log(
                                    "{}; trying again in {}{}",
                                    description,
                                    delay.truncatedTo(ChronoUnit.MILLIS),
                                    more));
        }
    }

    private static End serveOne(Connector connector, Duration longest, ConnectionHandler handler)
            throws Exception {
        Connection established;
        try {
            established = connector.connect();
        } catch (IOException e) {
            return new End(false, Level.INFO, failure(e));
        }
        var lasting = Deadline.after(longest);
        try (Connection connection = established) {
            handler.handle(connection);
        } catch (IOException e) {
            return new End(lasting.isExpired(), Level.INFO, loss(established, e));
        } catch (UncheckedIOException e) {
            return new End(
                    lasting.isExpired(),
                    Level.INFO,
                    loss(established, Objects.requireNonNull(e.getCause())));
        }
        String ended = "the connection to " + established.remoteAddress() + " has ended";
        return new End(lasting.isExpired(), Level.DEBUG, ended);
    }

    /** Our own exceptions name the operation and the target already. */
    private static String failure(IOException e) {
        boolean isOurs =
                e instanceof ConnectFailedException
                        || e instanceof SocketTimeoutException
                        || e instanceof UnknownHostException;
        return isOurs ? LogText.of(ErrorText.of(e)) : "cannot connect: " + LogText.of(e);
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
