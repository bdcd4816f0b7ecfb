package io.loomline.net.wire;

import io.loomline.driver.Channel;
import io.loomline.flight.ConnectionEvents;
import io.loomline.flight.Span;

import org.jspecify.annotations.Nullable;

/** Waits for a channel as events of the flight recorder. */
final class RecordedWait {
    private RecordedWait() {}

    private interface Wait {
        void run() throws InterruptedException;
    }

    static void forInput(Channel channel) throws InterruptedException {
        record(ConnectionEvents.readWait(), channel, channel::awaitReadable);
    }

    static void forOutput(Channel channel) throws InterruptedException {
        record(ConnectionEvents.writeWait(), channel, channel::awaitWritable);
    }

    private static void record(Span span, Channel channel, Wait wait) throws InterruptedException {
        @Nullable InterruptedException cut = null;
        try {
            wait.run();
        } catch (InterruptedException e) {
            cut = e;
            throw e;
        } finally {
            span.end(channel.remoteAddress(), cut);
        }
    }
}
