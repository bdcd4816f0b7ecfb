package io.loomline.server;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.tls.Tls;

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
    private final Semaphore permits;

    Handshakes(Tls tls, int most, Clock clock) {
        this.tls = tls;
        this.clock = clock;
        permits = new Semaphore(most, true); // in the order of their timeouts
    }

    /**
     * Runs a handshake. <i>Blocks.</i>
     *
     * @param acceptedNanos when the connection was accepted, from which its timeout runs
     */
    void run(Connection connection, long acceptedNanos) throws IOException, InterruptedException {
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
