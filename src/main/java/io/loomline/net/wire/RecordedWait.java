package io.loomline.net.wire;

import io.loomline.driver.Channel;
import io.loomline.flight.ConnectionEvents;
import io.loomline.flight.Span;

import org.jspecify.annotations.Nullable;

/** Waits for a channel as events of the flight recorder. */
final class RecordedWait {
    private RecordedWait() {}

    /** Whether waits for input, or for output, are recorded. */
    static boolean isOn(boolean forInput) {
        return forInput ? ConnectionEvents.areReadWaitsOn() : ConnectionEvents.areWriteWaitsOn();
    }

    /** Waits for input or output, after {@link #isOn}. */
    static void run(Channel channel, boolean forInput) throws InterruptedException {
        Span span = forInput ? ConnectionEvents.readWait() : ConnectionEvents.writeWait();
        @Nullable InterruptedException cut = null;
        try {
            if (forInput) channel.awaitReadable();
            else channel.awaitWritable();
        } catch (InterruptedException e) {
            cut = e;
            throw e;
        } finally {
            span.end(channel.remoteAddress(), cut);
        }
    }
}
