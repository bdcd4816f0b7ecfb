package io.loomline.outbox;

import io.loomline.log.ErrorText;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;

import org.slf4j.Logger;

/** Logs why an outbox has aborted its connection: the reads of its handler do not report it. */
final class AbortLog {
    private static final Logger LOG = Loggers.of(AbortLog.class);

    /** Shared by all outboxes: peers can cause any number of failures. */
    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    private AbortLog() {}

    static void log(Connection connection, Throwable reason) {
        String peer = LogText.of(connection.remoteAddress().toString());
        String text = LogText.of(ErrorText.described(reason));
        RATE.log(more -> LOG.info("the connection with {} was aborted: {}{}", peer, text, more));
    }
}
