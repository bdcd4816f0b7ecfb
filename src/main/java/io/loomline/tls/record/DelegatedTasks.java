package io.loomline.tls.record;

import javax.net.ssl.SSLEngine;

/** Runs what an engine delegates, such as signatures and the checks of certificates. */
final class DelegatedTasks {
    private DelegatedTasks() {}

    /** Runs the tasks on the calling thread. */
    static void run(SSLEngine engine) {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) task.run();
    }
}
