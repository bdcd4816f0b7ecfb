package io.loomline.net;

import io.loomline.net.read.Input;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.write.Output;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A look at a connection from another thread, which may be a little late.
 *
 * @param moved changes whenever a byte moves in either direction
 * @param received the bytes that came from the peer, read or not; fewer once it is closed
 * @param isWaiting whether a read or a write waits for the peer under a time limit
 * @param waitedNanos how long the read or write that waits for the peer has made no progress; not
 *     exact unless one waits now
 * @param isSent whether the driver has taken all bytes that were written
 * @param idleNanos how long a read has been waiting for the peer, with or without a time limit, and
 *     no byte has moved in either direction; 0 if no read waits
 * @param reader the thread of a read that waits for the peer; null if none waits
 * @param writer the thread of a write that waits for the peer; null if none waits
 */
public record Activity(
        long moved,
        long received,
        boolean isSent,
        boolean isWaiting,
        long waitedNanos,
        long idleNanos,
        @Nullable Thread reader,
        @Nullable Thread writer) {
    static Activity of(GuardedChannel channel, Input input, Output output) {
        return new Activity(
                input.bytesRead() + output.takenBytes() + channel.sentBytes(),
                input.receivedBytes(),
                output.takenBytes() == channel.sentBytes(),
                channel.isWaiting(),
                channel.waitedNanos(),
                input.waiter() == null ? 0 : channel.reading().waitedNanos(),
                input.waiter(),
                output.waiter());
    }

    /**
     * How long a read or a write has been waiting for the peer without progress.
     *
     * @return the longer of both times; zero if none waits
     */
    public Duration waited() {
        return Duration.ofNanos(Math.max(isWaiting ? waitedNanos : 0, idleNanos));
    }
}
