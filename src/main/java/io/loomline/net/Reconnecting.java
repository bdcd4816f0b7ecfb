package io.loomline.net;

import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.slf4j.Logger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
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
            boolean stood = serveOne(connector, backoff.longest(), handler);
            failures = stood ? 1 : failures + 1;
            Duration delay = backoff.delay(failures, ThreadLocalRandom.current());
            LOG.debug("connecting again in {}", delay);
            Task.sleep(delay);
        }
    }

    /** Whether the connection has stood for long. */
    private static boolean serveOne(
            Connector connector, Duration forLong, ConnectionHandler handler) throws Exception {
        Deadline standing = null;
        try (Connection connection = connector.connect()) {
            standing = Deadline.after(forLong);
            handler.handle(connection);
        } catch (IOException | UncheckedIOException e) {
            LOG.info("the connection is over: {}", LogText.of(e));
        }
        return standing != null && standing.isExpired();
    }
}
