package io.loomline.net;

import io.loomline.flight.ConnectionEvents;
import io.loomline.net.read.Input;
import io.loomline.net.read.LingeringClose;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.write.Output;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;

import java.time.Duration;

/**
 * The steps that end a connection, once its channel is closing.
 *
 * <pre>
 *   send unsent bytes, shut the output down ──▶ drop unread input ──▶ close
 *                      └──the peer does not read, or is lost──▶ reset
 * </pre>
 *
 * @param drains whether the connection ends because its server stops: the peer, which does not
 *     expect that, may be sending at this moment and must not be reset for it
 */
record CloseSequence(
        GuardedChannel channel, Input input, Output output, Clock clock, boolean drains) {
    /** The longest time to wait for a peer that does not read. */
    private static final Duration BOUND = Duration.ofSeconds(5);

    void close() {
        boolean sent = false;
        try {
            input.wakeReader();
            if (channel.isLost()) return; // nothing can be sent, and no input is worth dropping
            var lingering = new LingeringClose(input, channel, clock);
            sent = output.finish(bound(channel.limits()), lingering::dropUntilInterrupted);
            if (sent) lingering.drain(drains);
        } finally { // frees the descriptor even if a driver throws
            String reason = sent ? "closed" : channel.isLost() ? "lost" : "reset: bytes unsent";
            if (sent) channel.close();
            else abort();
            record(reason);
        }
    }

    /**
     * Resets the connection.
     *
     * @param first whether this side was not closing before
     */
    void abort(boolean first) {
        abort();
        if (first) record("aborted");
    }

    private void record(String reason) {
        if (!ConnectionEvents.areClosesOn()) return;
        ConnectionEvents.close(
                channel.remoteAddress(), reason, input.bytesRead(), channel.sentBytes());
    }

    /** The longest time for which a close waits, under the given limits. */
    static Duration bound(Limits limits) {
        Duration writeTimeout = limits.writeTimeout();
        return writeTimeout.compareTo(BOUND) < 0 ? writeTimeout : BOUND;
    }

    private void abort() {
        channel.abort();
        input.wakeReader();
        output.discard();
    }
}
