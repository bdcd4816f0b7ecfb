package io.loomline.server;

import io.loomline.net.Connection;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds connections at which no byte moves while their handler waits for something else: for a
 * queue, a lock, another connection. A read or write of the connection itself notices when it has
 * waited too long; here it is found by a look at all connections now and then, which costs those
 * who read and write nothing.
 */
final class IdleWatchdog {
    /** A limit is looked at so many times before it is over. */
    private static final int LOOKS = 16;

    private static final long SHORTEST_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Clock clock;
    private final long usualPeriodNanos;
    private final Collection<? extends Watched> all;
    private final ReentrantLock lock = new ReentrantLock();

    /** Whether there are looks at all. */
    private final boolean on;

    /** The next look; written under the lock, read by whoever comes. */
    private volatile Clock.@Nullable Timer next;

    /** Which timer that is: a look that is under way may be of an earlier one. Under the lock. */
    private int chain;

    /**
     * Watches connections, if they have such a limit.
     *
     * @param limits what connections begin with
     * @param all those that there are; may change at any time
     */
    IdleWatchdog(Clock clock, Limits limits, Collection<? extends Watched> all) {
        this.clock = clock;
        this.all = all;
        on = Limits.isLimit(limits.idleTimeout());
        usualPeriodNanos = periodNanos(limits.idleTimeout());
    }

    private static long periodNanos(Duration limit) {
        long nanos = TimeUnit.NANOSECONDS.convert(limit) / LOOKS;
        return Math.clamp(nanos, SHORTEST_PERIOD_NANOS, LONGEST_PERIOD_NANOS);
    }

    /** A connection that may be found idle. What was seen of it is of the one that looks. */
    abstract static class Watched {
        final Connection connection;
        private long unmovedSinceNanos;

        /** The lower half of {@link #movementOf}: only a difference counts. */
        private int movement;

        /** Whether the last look found no read and no write of the connection that waits. */
        private boolean elsewhere;

        private volatile boolean idle;

        Watched(Connection connection, Clock clock) {
            this.connection = connection;
            unmovedSinceNanos = clock.nanoTime();
        }

        /** It was idle for longer than it may: cancels its handler, if that has begun. */
        abstract boolean tryCut();

        /** Whether it was cut for that. */
        final boolean wasIdle() {
            return idle;
        }

        /** Within which time to look again. */
        private long look(long nowNanos) {
            Duration limit = connection.limits().idleTimeout();
            int moved = (int) movementOf(connection);
            boolean elsewhereBefore = elsewhere;
            elsewhere = !connection.isWaiting();
            if (moved != movement || !Limits.isLimit(limit)) {
                movement = moved;
                unmovedSinceNanos = nowNanos;
            } else if (!idle && elsewhere && elsewhereBefore && isOver(limit, nowNanos)) {
                // not between two waits of its own, nor right after one that has timed out
                idle = true; // first: the handler that ends for it asks
                idle = tryCut();
            }
            return periodNanos(limit);
        }

        /** Changes whenever a byte moves. */
        private static long movementOf(Connection connection) {
            return connection.bytesRead() + connection.bytesWritten() + connection.bytesSent();
        }

        private boolean isOver(Duration limit, long nowNanos) {
            return nowNanos - unmovedSinceNanos >= TimeUnit.NANOSECONDS.convert(limit);
        }
    }

    /** There is another connection. */
    void begin() {
        if (on && next == null) arm(usualPeriodNanos);
    }

    /** There is one less: the last one takes the timer along. */
    void end() {
        if (next == null || !all.isEmpty()) return;
        lock.lock();
        try {
            Clock.Timer present = next;
            if (present == null || !all.isEmpty()) return;
            present.cancel();
            next = null;
        } finally {
            lock.unlock();
        }
        if (!all.isEmpty()) begin(); // whoever came meanwhile has seen the timer
    }

    private void arm(long periodNanos) {
        lock.lock();
        try {
            if (next != null || all.isEmpty()) return;
            int own = ++chain;
            next = clock.schedule(Duration.ofNanos(periodNanos), () -> look(own));
        } finally {
            lock.unlock();
        }
    }

    private void look(int own) {
        long shortestNanos = usualPeriodNanos;
        long now = clock.nanoTime();
        try {
            for (Watched each : all) shortestNanos = Math.min(shortestNanos, each.look(now));
        } finally {
            lookAgain(own, shortestNanos);
        }
    }

    /** Unless the last connection has gone meanwhile and taken the timer along. */
    private void lookAgain(int own, long periodNanos) {
        lock.lock();
        try {
            if (next == null || own != chain) return;
            next = null;
            arm(periodNanos);
        } finally {
            lock.unlock();
        }
    }
}
