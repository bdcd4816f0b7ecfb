package io.loomline.tls.record;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

/**
 * A turn to compute a step of a handshake. A step takes up to some milliseconds, in which a virtual
 * thread does not give way. So all processors but one compute at a time, in the order of the
 * requests, and one serves the established connections.
 */
final class Turn {
    private static final Semaphore TURNS =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() - 1), true);

    /** Then a step runs without a turn: a trust manager of a user may block in its own. */
    private static final long MAX_WAIT_SECONDS = 2;

    private Turn() {}

    /** A step of a handshake. */
    interface Step {
        void run() throws SSLException;
    }

    /** Runs a step. <i>Blocks</i> for a bounded time while others have their turn. */
    static void run(Step step) throws SSLException, InterruptedException {
        boolean hasTurn = TURNS.tryAcquire(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
        try {
            step.run();
        } finally {
            if (hasTurn) TURNS.release();
        }
    }
}
