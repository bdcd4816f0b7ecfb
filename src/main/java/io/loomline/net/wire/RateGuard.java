package io.loomline.net.wire;

import io.loomline.stream.Limits;
import io.loomline.stream.MinimumRate;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How many bytes of one message, or of one write, have moved, and how long this side has waited for
 * them. Only the time of waits counts: a peer is not slow while this side does something else.
 *
 * <p><i>Threads:</i> only the waiter uses it.
 */
final class RateGuard {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** The position while no message is counted. */
    private static final long NONE = -1;

    /** Where the message begins, or {@link #NONE}. */
    private long position = NONE;

    private long movedBytes;

    /** The waiting time before the present wait. */
    private long waitedNanos;

    private long sinceNanos;

    /** Notes that bytes of the message at a position have moved up to another position. */
    void reached(long position, long reached) {
        if (position != this.position) {
            this.position = position;
            waitedNanos = 0;
        }
        movedBytes = reached - position;
    }

    /** Called before a wait. */
    void enter(long now) {
        sinceNanos = now;
    }

    /** Called after a wait. */
    void leave(long now) {
        waitedNanos += now - sinceNanos;
    }

    /** Stops to count the message: a further call for it has its full time. */
    void end() {
        position = NONE;
    }

    /** The time that may be waited for a further byte; {@link Long#MAX_VALUE} if any. */
    long leftNanos(MinimumRate minimum) {
        double bytesNanos = movedBytes * NANOS_PER_SECOND / minimum.bytesPerSecond();
        long bytesTime = (long) Math.ceil(bytesNanos); // saturates
        long allowed = Math.max(bytesTime, TimeUnit.NANOSECONDS.convert(minimum.after()));
        boolean isBound = Limits.isLimit(Duration.ofNanos(allowed));
        return isBound ? allowed - waitedNanos : Long.MAX_VALUE;
    }

    long movedBytes() {
        return movedBytes;
    }

    Duration waited() {
        return Duration.ofNanos(waitedNanos);
    }
}
