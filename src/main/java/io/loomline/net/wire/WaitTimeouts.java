package io.loomline.net.wire;

import io.loomline.driver.Channel;
import io.loomline.stream.Limits;
import io.loomline.stream.MinimumRate;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The timeouts of one side of a connection. Its thread calls {@link #restart} when a call begins
 * and when bytes have moved, and {@link #enter} and {@link #leave} around each wait.
 *
 * <p><i>Threads:</i> one thread waits at a time. Any thread may call {@link #moved}, {@link
 * #limits} and {@link #retire}.
 */
public final class WaitTimeouts extends TimeoutSweeper.Wait {
    private static final VarHandle BUDGET;

    static {
        try {
            BUDGET =
                    MethodHandles.lookup()
                            .findVarHandle(WaitTimeouts.class, "budget", Budget.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The direction of the awaited bytes. */
    enum Side {
        INPUT,
        OUTPUT
    }

    /**
     * A bound of several reads together.
     *
     * @param time the longest time; it runs from the opening
     * @param maxBytes the most bytes that they may consume
     * @param startNanos when it was opened
     */
    public record Budget(Duration time, long maxBytes, long startNanos) {}

    private final Side side;

    /** Provides the peer's address for messages. */
    private final Channel channel;

    private volatile Limits limits;

    /** The open budget of reads; null if there is none. Any thread may open or close it. */
    private volatile @Nullable Budget budget;

    /**
     * When a byte last moved in the other direction during a wait. Written by the thread that moves
     * bytes there, read by the waiter.
     */
    private volatile long movedNanos;

    /**
     * Whether the time of the current call is running: from its first wait until {@link #restart},
     * also between two waits. Written by the waiter, read by the threads of the other direction.
     */
    private volatile boolean counting;

    // only the waiter uses the rest
    private long sinceNanos;

    /** The position in the input of the line whose time is running, or {@link #NO_LINE}. */
    private long linePosition = NO_LINE;

    private long lineSinceNanos;

    /** Where the body begins that is being read; {@link #NO_LINE} outside a body. */
    private long bodyPosition = NO_LINE;

    /** Created by the first wait for which a minimum rate holds. */
    private @Nullable RateGuard rate;

    /** The guard of the wait that is about to begin; null if no minimum rate holds for it. */
    private @Nullable RateGuard next;

    /** The guard of the present wait; null if no minimum rate holds for it. */
    private @Nullable RateGuard guard;

    /** The position to pass for a wait that has no line timeout. */
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

    /** Sets the limits that apply from the next wait on. */
    public void limits(Limits limits) {
        this.limits = limits;
    }

    /**
     * Opens a budget.
     *
     * @throws IllegalStateException if another one is open
     */
    public Budget open(Duration time, long maxBytes) {
        if (!time.isPositive()) {
            throw new IllegalArgumentException("time " + time + ": expected more than 0");
        }
        if (maxBytes < 0) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + ": expected 0 or more");
        }
        var opened = new Budget(time, maxBytes, sweeper.nanoTime());
        if (BUDGET.compareAndSet(this, null, opened)) return opened;
        throw new IllegalStateException(
                "a budget of the connection to %s is open already"
                        .formatted(channel.remoteAddress()));
    }

    public void close(Budget opened) {
        BUDGET.compareAndSet(this, opened, null);
    }

    /** The open budget; null if there is none. */
    public @Nullable Budget budget() {
        return budget;
    }

    /** Called when a read begins or goes on, because one that never waits takes time too. */
    public void requireBudgetTime() throws SocketTimeoutException {
        Budget open = budget;
        if (open == null || !isExpired(open.time(), open.startNanos(), sweeper.nanoTime())) return;
        throw expired("budget", open.time(), "the reads took longer");
    }

    /** Called when bytes have moved in the other direction: the idle time restarts. */
    void moved() {
        if (counting) movedNanos = sweeper.nanoTime();
    }

    /** Called when a call begins or has made progress: its time restarts at its next wait. */
    public void restart() {
        counting = false;
    }

    /**
     * Makes the minimum rate hold for the waits of a read that is part of a body.
     *
     * @param position where the body begins; {@link #NO_LINE} at the end of the read
     */
    public void body(long position) {
        bodyPosition = position;
    }

    /**
     * Called before {@link #enter} of a wait for input. The minimum rate holds from the first byte
     * of a message or a body on: the time before it is idle time.
     *
     * @param position where the line or other message begins, or {@link #NO_LINE}
     * @param reached the position up to which input has arrived
     */
    public void rateInput(long position, long reached) {
        long begin = position == NO_LINE ? bodyPosition : position;
        if (begin != NO_LINE && reached > begin) rate(begin, reached);
    }

    /**
     * Called before {@link #enter} of a wait for which the minimum rate holds, if there is one.
     *
     * @param position where the message, or the write, begins
     * @param reached the position up to which bytes have moved
     */
    public void rate(long position, long reached) {
        if (limits.minimumRate().bytesPerSecond() == 0) return;
        RateGuard counted = rate;
        if (counted == null) {
            counted = new RateGuard();
            rate = counted;
        }
        counted.reached(position, reached);
        next = counted;
    }

    /**
     * Called before each wait. A wait that ends spuriously is followed by another {@code enter}.
     *
     * @param position the position in the input of the line, or other message, whose end is
     *     awaited, or {@link #NO_LINE}
     * @throws SocketTimeoutException if a limit has expired
     */
    public void enter(long position) throws SocketTimeoutException {
        Limits present = limits;
        RateGuard counted = next;
        next = null;
        guard = null; // an earlier wait may not have begun
        boolean mayBeExpired = takeOverdue();
        boolean newLine = position != NO_LINE && position != linePosition;
        if (!counting || newLine) {
            start(position, newLine);
        } else if (mayBeExpired) {
            requireBudgetTime();
            requireNotExpired(present, position, sweeper.nanoTime());
        }
        long leftNanos = nearestNanos(present, position);
        assert counting : "the time of a wait is running";
        if (counted != null) leftNanos = Math.min(leftNanos, begin(counted, present));
        if (leftNanos != Long.MAX_VALUE) begin(sinceNanos + leftNanos);
    }

    /** Begins to count a wait. Returns the time from the start of the call to its timeout. */
    private long begin(RateGuard counted, Limits present) throws SocketTimeoutException {
        long left = counted.leftNanos(present.minimumRate());
        if (left <= 0) throw tooSlow(present.minimumRate(), counted);
        long now = sweeper.nanoTime();
        counted.enter(now);
        guard = counted;
        return left == Long.MAX_VALUE ? left : now - sinceNanos + left;
    }

    private SocketTimeoutException tooSlow(MinimumRate minimum, RateGuard counted) {
        counted.end();
        return new LimitTimeoutException(
                "minimumRate %d bytes/s after %s of the connection to %s: the peer %s %d bytes in %s"
                        .formatted(
                                minimum.bytesPerSecond(),
                                minimum.after(),
                                channel.remoteAddress(),
                                side == Side.INPUT ? "sent" : "took",
                                counted.movedBytes(),
                                counted.waited()));
    }

    /** Ends the time of a line: the next one has its full time, even at the same position. */
    public void endLine() {
        linePosition = NO_LINE;
        if (rate != null) rate.end();
    }

    public void leave() {
        end();
        RateGuard present = guard;
        if (present == null) return;
        guard = null;
        present.leave(sweeper.nanoTime());
    }

    /** How long the present call has waited; 0 if it has not. Any thread may call this. */
    public long waitedNanos() {
        if (!counting) return 0; // otherwise, the start was written before
        return Math.max(0, sweeper.nanoTime() - idleSinceNanos());
    }

    private void start(long position, boolean newLine) {
        long now = sweeper.nanoTime();
        if (!counting) sinceNanos = now;
        counting = true;
        if (newLine) {
            linePosition = position;
            lineSinceNanos = now;
        }
    }

    /** The time from the start of the call to its first timeout; {@link Long#MAX_VALUE} if none. */
    private long nearestNanos(Limits present, long position) {
        Duration own = side == Side.INPUT ? present.readTimeout() : present.writeTimeout();
        long nearest = leftNanos(own, sinceNanos);
        nearest = Math.min(nearest, leftNanos(present.idleTimeout(), idleSinceNanos()));
        Budget open = budget;
        if (open != null) nearest = Math.min(nearest, leftNanos(open.time(), open.startNanos()));
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

    private void requireNotExpired(Limits present, long position, long now)
            throws SocketTimeoutException {
        if (position != NO_LINE && isExpired(present.lineTimeout(), lineSinceNanos, now)) {
            linePosition = NO_LINE; // a further read of the line restarts its time
            throw expired("lineTimeout", present.lineTimeout(), "the message is not complete");
        }
        if (side == Side.INPUT && isExpired(present.readTimeout(), sinceNanos, now)) {
            throw expired("readTimeout", present.readTimeout(), "the peer sent nothing");
        }
        if (side == Side.OUTPUT && isExpired(present.writeTimeout(), sinceNanos, now)) {
            throw expired("writeTimeout", present.writeTimeout(), "the peer took nothing");
        }
        if (isExpired(present.idleTimeout(), idleSinceNanos(), now)) {
            throw expired(
                    "idleTimeout", present.idleTimeout(), "no byte moved in either direction");
        }
    }

    private static boolean isExpired(Duration limit, long fromNanos, long now) {
        return Limits.isLimit(limit) && now - fromNanos >= TimeUnit.NANOSECONDS.convert(limit);
    }

    private SocketTimeoutException expired(String name, Duration limit, String reason) {
        return new LimitTimeoutException(
                "%s %s of the connection to %s expired: %s"
                        .formatted(name, limit, channel.remoteAddress(), reason));
    }
}
