package io.loomline.net.wire;

import io.loomline.driver.Channel;
import io.loomline.stream.Limits;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long one side of a connection goes on waiting. Its thread calls {@link #restart} when a call
 * begins and when bytes have moved, and {@link #enter} and {@link #leave} around each wait.
 *
 * <p><i>Threads:</i> one waits at a time; {@link #moved}, {@link #limits} and {@link #retire} are
 * for any thread.
 */
public final class WaitTimeouts extends TimeoutSweeper.Wait {
    /** What is waited for. */
    enum Side {
        INPUT,
        OUTPUT
    }

    private final Side side;

    /** Told to whoever waits too long. */
    private final Channel channel;

    private volatile Limits limits;

    /** When a byte has last moved in the other direction during a wait; written by its thread. */
    private volatile long movedNanos;

    /**
     * Whether a wait counts, also while its thread has been woken and is about to wait on: written
     * by that thread.
     */
    private volatile boolean counting;

    // the rest is the waiter's
    private long sinceNanos;

    /** Where in the input the line begins whose time counts; negative for none. */
    private long linePosition = NO_LINE;

    private long lineSinceNanos;

    /** The position of what is not a line. */
    public static final long NO_LINE = -1;

    WaitTimeouts(Side side, Channel channel, TimeoutSweeper sweeper, Limits limits) {
        super(sweeper);
        this.side = side;
        this.channel = channel;
        this.limits = limits;
        movedNanos = sweeper.nanoTime();
    }

    public Limits limits() {
        return limits;
    }

    /** Holds from the next wait on. */
    public void limits(Limits limits) {
        this.limits = limits;
    }

    /** Bytes have moved in the other direction: the connection is not idle. */
    void moved() {
        if (counting) movedNanos = sweeper.nanoTime();
    }

    /** A call begins, or has made progress: its time counts from its next wait. */
    public void restart() {
        counting = false;
    }

    /**
     * The calling thread is about to wait; in between it may be woken without a reason.
     *
     * @param position where in the input the line, or other message, begins whose end is waited
     *     for, or {@link #NO_LINE}
     * @throws SocketTimeoutException if it has waited too long
     */
    public void enter(long position) throws SocketTimeoutException {
        Limits present = limits;
        boolean overdue = takeOverdue();
        boolean newLine = position != NO_LINE && position != linePosition;
        if (!counting || newLine) {
            count(position, newLine);
        } else if (overdue) {
            requireInTime(present, position, sweeper.nanoTime());
        }
        long leftNanos = nearestNanos(present, position);
        if (leftNanos != Long.MAX_VALUE) begin(sinceNanos + leftNanos);
    }

    public void leave() {
        end();
    }

    private void count(long position, boolean newLine) {
        long now = sweeper.nanoTime();
        if (!counting) sinceNanos = now;
        counting = true;
        if (newLine) {
            linePosition = position;
            lineSinceNanos = now;
        }
    }

    /** How long after the wait began it is over; {@link Long#MAX_VALUE} for never. */
    private long nearestNanos(Limits present, long position) {
        Duration own = side == Side.INPUT ? present.readTimeout() : present.writeTimeout();
        long nearest = leftNanos(own, sinceNanos);
        nearest = Math.min(nearest, leftNanos(present.idleTimeout(), idleSinceNanos()));
        if (position != NO_LINE) {
            nearest = Math.min(nearest, leftNanos(present.lineTimeout(), lineSinceNanos));
        }
        return nearest;
    }

    private long leftNanos(Duration limit, long fromNanos) {
        if (!Limits.isLimit(limit)) return Long.MAX_VALUE;
        return fromNanos - sinceNanos + TimeUnit.NANOSECONDS.convert(limit);
    }

    private long idleSinceNanos() {
        long moved = movedNanos;
        return moved - sinceNanos > 0 ? moved : sinceNanos;
    }

    private void requireInTime(Limits present, long position, long now)
            throws SocketTimeoutException {
        if (position != NO_LINE && isOver(present.lineTimeout(), lineSinceNanos, now)) {
            linePosition = NO_LINE; // who reads on gives the line another time
            throw over("lineTimeout", present.lineTimeout(), "what it has begun has not ended");
        }
        if (side == Side.INPUT && isOver(present.readTimeout(), sinceNanos, now)) {
            throw over("readTimeout", present.readTimeout(), "it sends nothing");
        }
        if (side == Side.OUTPUT && isOver(present.writeTimeout(), sinceNanos, now)) {
            throw over("writeTimeout", present.writeTimeout(), "it takes nothing");
        }
        if (isOver(present.idleTimeout(), idleSinceNanos(), now)) {
            throw over("idleTimeout", present.idleTimeout(), "no byte moved either way");
        }
    }

    private static boolean isOver(Duration limit, long fromNanos, long now) {
        return Limits.isLimit(limit) && now - fromNanos >= TimeUnit.NANOSECONDS.convert(limit);
    }

    private SocketTimeoutException over(String name, Duration limit, String what) {
        return new SocketTimeoutException(
                "%s %s of the connection to %s is over: %s"
                        .formatted(name, limit, channel.remoteAddress(), what));
    }
}
