package io.loomline.tls.record;

import java.util.concurrent.Semaphore;

import javax.net.ssl.SSLEngine;

/**
 * Runs what an engine delegates during a handshake: signatures and the checks of certificates, on
 * the calling thread. One takes up to some milliseconds, in which a virtual thread does not give
 * way. So as many run at a time as there are processors, in the order of their requests. A thread
 * that has its turn is queued behind the established connections that have become ready meanwhile.
 */
final class DelegatedTasks {
    private static final Semaphore TURNS =
            new Semaphore(Runtime.getRuntime().availableProcessors(), true);

    private DelegatedTasks() {}

    /** Runs the tasks of a handshake. <i>Blocks</i> while others have their turn. */
    static void run(SSLEngine engine) throws InterruptedException {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            TURNS.acquire();
            try {
                task.run();
            } finally {
                TURNS.release();
            }
        }
    }

    /** Runs the tasks of an established connection, which are short. */
    static void runNow(SSLEngine engine) {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) task.run();
    }
}
