package io.loomline.tls.record;

import io.loomline.driver.carrier.TimeSlice;

import javax.net.ssl.SSLEngine;

/**
 * Runs what an engine delegates during a handshake: signatures and the checks of certificates, on
 * the calling thread. After each of them the thread gives way, so that many handshakes do not keep
 * established connections waiting.
 */
final class DelegatedTasks {
    /** Counts as a whole slice, because one takes up to a millisecond. */
    private static final long COST_BYTES = 1 << 20;

    private DelegatedTasks() {}

    static void run(SSLEngine engine) {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
            TimeSlice.spend(COST_BYTES);
        }
    }
}
