package io.loomline.server.handshake;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.task.Clock;
import io.loomline.tls.Tls;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;

/**
 * Runs the TLS handshakes of a server, each in the task of its connection. A bounded number is
 * processed at a time; one that waits for its peer does not count, so silent peers hold up nobody.
 */
public final class Handshakes {
    private final Tls tls;
    private final Clock clock;
    private final BiConsumer<Connection, Throwable> failures;
    private final Semaphore permits;

    /**
     * The handshakes of a server.
     *
     * @param maxAtOnce how many are processed at a time
     * @param failures logs a failure
     */
    public Handshakes(
            Tls tls, int maxAtOnce, Clock clock, BiConsumer<Connection, Throwable> failures) {
        this.tls = tls;
        this.clock = clock;
        this.failures = failures;
        permits = new Semaphore(maxAtOnce, true); // in the order of their timeouts
    }

    /**
     * Runs a handshake. <i>Blocks.</i> A failure is logged.
     *
     * @param acceptedNanos when the connection was accepted, from which its timeout runs
     * @return whether it is complete
     * @throws InterruptedException if the task of the connection was cancelled
     */
    public boolean complete(Connection connection, long acceptedNanos) throws InterruptedException {
        try {
            run(connection, acceptedNanos);
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) { // a trust manager of the user may throw anything
            failures.accept(connection, e);
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
