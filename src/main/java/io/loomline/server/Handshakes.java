package io.loomline.server;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.tls.Tls;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;

/**
 * Runs the TLS handshakes of a server, a bounded number at a time, each in the task of its
 * connection.
 */
final class Handshakes {
    private final Tls tls;
    private final Clock clock;
    private final HandlerFailureLog failures;
    private final AcceptStatistics statistics;
    private final Semaphore permits;

    private Handshakes(
            ServerOptions options,
            Tls tls,
            Clock clock,
            HandlerFailureLog failures,
            AcceptStatistics statistics) {
        this.tls = tls;
        this.clock = clock;
        this.failures = failures;
        this.statistics = statistics;
        permits = new Semaphore(options.maxHandshakes(), true); // in the order of their timeouts
    }

    /** The handshakes of a server; null if it speaks no TLS. */
    static @Nullable Handshakes of(
            ServerOptions options,
            Clock clock,
            HandlerFailureLog failures,
            AcceptStatistics statistics) {
        Tls tls = options.tls();
        return tls == null ? null : new Handshakes(options, tls, clock, failures, statistics);
    }

    /**
     * Runs a handshake. <i>Blocks.</i> A failure is logged.
     *
     * @param acceptedNanos when the connection was accepted, from which its timeout runs
     * @return whether it is complete
     * @throws InterruptedException if the task of the connection was cancelled
     */
    boolean complete(Connection connection, long acceptedNanos) throws InterruptedException {
        try {
            run(connection, acceptedNanos);
            statistics.countAccepted();
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) { // a trust manager of the user may throw anything
            statistics.countFailed();
            failures.logHandshakeFailed(connection, e);
            return false;
        }
    }

    private void run(Connection connection, long acceptedNanos)
            throws IOException, InterruptedException {
        Duration elapsed = Duration.ofNanos(clock.nanoTime() - acceptedNanos);
        Deadline end = Deadline.after(tls.handshakeTimeout().minus(elapsed), clock);
        acquire(connection, end);
        try {
            Connections.startTls(connection, tls, end.remaining());
        } finally {
            permits.release();
        }
    }

    private void acquire(Connection connection, Deadline end)
            throws SocketTimeoutException, InterruptedException {
        if (permits.tryAcquire()) return;
        try {
            end.run(permits::acquire);
        } catch (TimeoutException e) {
            var failure =
                    new SocketTimeoutException(
                            "handshakeTimeout %s of the connection to %s expired: it waited for other handshakes"
                                    .formatted(tls.handshakeTimeout(), connection.remoteAddress()));
            failure.initCause(e);
            throw failure;
        }
    }
}
