package io.loomline.server.failure;

import io.loomline.log.BareWrapper;
import io.loomline.log.ErrorText;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Operation;
import io.loomline.stream.Recoverable;
import io.loomline.task.Clock;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Logs why a handler ended with an exception, once for each connection and at a limited rate. A
 * stack trace is logged only if the handler itself failed:
 *
 * <table>
 *   <caption>why a handler ended, and how it is logged</caption>
 *   <tr><td>the connection was closed on this side</td><td>DEBUG</td></tr>
 *   <tr><td>the peer left without sending a byte, as health checks do</td><td>DEBUG</td></tr>
 *   <tr><td>the peer's input is invalid, or a timeout expired</td><td>INFO, closed</td></tr>
 *   <tr><td>the network failed</td><td>INFO, lost</td></tr>
 *   <tr><td>anything else</td><td>WARN, with a stack trace</td></tr>
 * </table>
 *
 * <p>An {@link UncheckedIOException}, which {@code lines()} throws, is logged as its cause. An
 * exception in which a handler wraps others is the handler's own.
 */
public final class HandlerFailureLog {
    private static final Logger LOG = Loggers.of(HandlerFailureLog.class);

    private static final int MAX_LINES_PER_SECOND = 10;

    private final LogRate rate;

    public HandlerFailureLog(Clock clock) {
        rate = new LogRate(MAX_LINES_PER_SECOND, clock::nanoTime);
    }

    /**
     * The exception of the cancel of the calling task, also of a stream, that a handler has thrown,
     * also inside one that it threw only because it could not throw the other; null if it is not.
     */
    public static @Nullable Exception cancelIn(Throwable e) {
        return switch (BareWrapper.unwrapped(e)) {
            case SocketTimeoutException _ -> null;
            case InterruptedException cancel when isTaskCancelled() -> cancel;
            case InterruptedIOException cancel when isTaskCancelled() -> cancel;
            default -> null;
        };
    }

    private static Throwable unwrapped(Throwable e) {
        Throwable cause = e instanceof UncheckedIOException ? e.getCause() : null;
        return cause == null ? e : cause;
    }

    private static boolean isTaskCancelled() {
        return Task.current().cancelReason().isPresent();
    }

    /** Called before the connection is closed. */
    public void log(Connection connection, Throwable thrown) {
        Throwable e = unwrapped(thrown);
        switch (e) {
            case ConnectionClosedException _ ->
                    LOG.debug("the connection from {} was closed", nameOf(connection));
            case FileNotFoundException _ -> logFailed(connection, thrown);
            case FileSystemException _ -> logFailed(connection, thrown);
            case ConnectException _ -> logFailed(connection, thrown);
            case NoRouteToHostException _ -> logFailed(connection, thrown);
            case UnknownHostException _ -> logFailed(connection, thrown);
            case SocketTimeoutException _ -> logEnd(connection, "closed", e);
            case Recoverable _ -> logEnd(connection, "closed", e);
            case CharacterCodingException _ -> logEnd(connection, "closed", e);
            case ProtocolException _ -> logEnd(connection, "closed", e);
            case EOFException _ -> logLeft(connection, "closed", e);
            case SocketException _ -> logLeft(connection, "lost", e);
            case IOException _ -> logEnd(connection, "lost", e);
            default -> logFailed(connection, thrown);
        }
    }

    /** DEBUG only if the failure names the peer: others may come from another connection. */
    private void logLeft(Connection connection, String outcome, Throwable e) {
        boolean silent =
                Connections.activityOf(connection).received() == 0 && namesPeer(connection, e);
        if (silent) LOG.debug("{}", line(connection, outcome, e));
        else logEnd(connection, outcome, e);
    }

    /** Escaped, as the address may contain text that the peer chose. */
    private static String nameOf(Connection connection) {
        return LogText.of(connection.remoteAddress().toString());
    }

    private static boolean namesPeer(Connection connection, Throwable e) {
        return ErrorText.of(e).contains(connection.remoteAddress().toString());
    }

    private void logEnd(Connection connection, String outcome, Throwable e) {
        rate.log(more -> LOG.info("{}{}", line(connection, outcome, e), more));
    }

    /** Most of our own exceptions name the peer already. */
    private static String line(Connection connection, String outcome, Throwable e) {
        if (namesPeer(connection, e)) {
            return "a connection was %s: %s%s"
                    .formatted(outcome, LogText.of(ErrorText.of(e)), recorded(connection));
        }
        return "the connection from %s was %s: %s%s"
                .formatted(nameOf(connection), outcome, LogText.of(e), recorded(connection));
    }

    /** Its last operations; nothing unless they are recorded. */
    private static String recorded(Connection connection) {
        List<Operation> operations = Connections.operationsOf(connection);
        if (operations.isEmpty()) return "";
        return operations.stream()
                .map(Operation::toString)
                .collect(Collectors.joining("; ", " (last operations: ", ")"));
    }

    private void logFailed(Connection connection, Throwable e) {
        rate.log(more ->
                LOG.warn(
                        "the handler of the connection from {} failed{}{}",
                        nameOf(connection),
                        recorded(connection),
                        more,
                        LogText.printable(e)));
    }

    /** Logs why the notice of a drain failed; a loss of the connection as for a handler. */
    public void logNotice(Connection connection, Throwable e) {
        if (unwrapped(e) instanceof IOException || !connection.isOpen()) {
            LOG.debug("no drain notice for {}", nameOf(connection), e);
            return;
        }
        rate.log(more ->
                LOG.warn(
                        "the drain notice of the connection from {} failed{}",
                        nameOf(connection),
                        more,
                        LogText.printable(e)));
    }

    /** DEBUG if the peer left without a byte, as health checks do. */
    public void logHandshakeFailed(Connection connection, Throwable e) {
        if (e.getCause() instanceof EOFException) LOG.debug("{}", line(connection, "lost", e));
        else if (e instanceof IOException) logEnd(connection, "closed", e);
        else logNotServed(connection.remoteAddress(), e);
    }

    /** Logs that the task did not start or failed outside the handler, as context carriers may. */
    public void logNotServed(SocketAddress peer, Throwable e) {
        rate.log(more ->
                LOG.warn(
                        "the connection from {} was not served{}",
                        LogText.of(peer.toString()),
                        more,
                        LogText.printable(e)));
    }
}
