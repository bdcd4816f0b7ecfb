package io.loomline.server;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.server.failure.HandlerFailureLog;
import io.loomline.task.Clock;
import io.loomline.tls.Tls;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Runs the TLS handshakes of a server, each in the task of its connection. A bounded number is
 * processed at a time; one that waits for its peer does not count, so silent peers hold up nobody.
 */
final class Handshakes {
    private final Tls tls;
    private final Clock clock;
    private final HandlerFailureLog failures;
    private final Semaphore permits;

    private Handshakes(ServerOptions options, Tls tls, Clock clock, HandlerFailureLog failures) {
        this.tls = tls;
        this.clock = clock;
        this.failures = failures;
        permits = new Semaphore(options.maxHandshakes(), true); // in the order of their timeouts
    }

    /** The handshakes of a server; null if it speaks no TLS. */
    static @Nullable Handshakes of(ServerOptions options, Clock clock, HandlerFailureLog failures) {
        Tls tls = options.tls();
        return tls == null ? null : new Handshakes(options, tls, clock, failures);
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
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) { // a trust manager of the user may throw anything
            failures.logHandshakeFailed(connection, e);
            return false;
        }
    }

    private void run(Connection connection, long acceptedNanos)
            throws IOException, InterruptedException {
        Duration elapsed = Duration.ofNanos(clock.nanoTime() - acceptedNanos);
        Duration left = tls.handshakeTimeout().minus(elapsed);
        Connections.startTls(connection, tls, left, permits);
    }
}
