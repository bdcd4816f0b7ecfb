package io.loomline.server.idle;

import io.loomline.net.Activity;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Cancels handlers whose connections are idle while the handler waits for something else, such as a
 * queue, a lock or another connection. A read or write of the connection itself enforces its idle
 * timeout without this. The watchdog checks all connections periodically, which costs reads and
 * writes nothing.
 */
public final class IdleWatchdog {
    /** How often a connection is checked within its idle timeout. */
    private static final int CHECKS_PER_TIMEOUT = 16;

    private static final long SHORTEST_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Clock clock;
    private final long usualPeriodNanos;
    private final Collection<? extends Watched> all;
    private final ReentrantLock lock = new ReentrantLock();

    /** Whether the watchdog checks at all. */
    private final boolean enabled;

    /** The next check; written under the lock, read by any thread. */
    private volatile Clock.@Nullable Timer next;

    /** Identifies that timer, as a running check may belong to an earlier one. Under the lock. */
    private int timerId;

    /**
     * A watchdog, which is disabled if connections start without an idle timeout.
     *
     * @param limits the limits that connections start with
     * @param all the present connections; may change at any time
     */
    public IdleWatchdog(Clock clock, Limits limits, Collection<? extends Watched> all) {
        this.clock = clock;
        this.all = all;
        enabled = Limits.isLimit(limits.idleTimeout());
        usualPeriodNanos = periodNanos(limits.idleTimeout());
    }

    private static long periodNanos(Duration timeout) {
        long nanos = TimeUnit.NANOSECONDS.convert(timeout) / CHECKS_PER_TIMEOUT;
        return Math.clamp(nanos, SHORTEST_PERIOD_NANOS, LONGEST_PERIOD_NANOS);
    }

    /** A connection that may be idle. Non-volatile fields belong to the checking thread. */
    public abstract static class Watched {
        public final Connection connection;
        private long unmovedSinceNanos;

        /** The lower half of {@link Activity#moved}: only a difference counts. */
        private int movement;

        /** Whether the last check found no read and no write of the connection waiting. */
        private boolean waitsElsewhere;

        private volatile boolean cancelledAsIdle;

        protected Watched(Connection connection, Clock clock) {
            this.connection = connection;
            unmovedSinceNanos = clock.nanoTime();
        }

        /**
         * Cancels the handler because its connection is idle.
         *
         * @return whether it was cancelled; false if it has not started or is cancelled already
         */
        protected abstract boolean tryCancelAsIdle();

        /**
         * Cancels the handler so that another client can be served in its place.
         *
         * @return whether it was cancelled; false if it has not started or is cancelled already
         */
        protected abstract boolean tryEvict();

        protected final boolean isCancelledAsIdle() {
            return cancelledAsIdle;
        }

        /** Checks the connection, and returns the longest time until the next check. */
        private long check(long nowNanos) {
            Duration timeout = connection.limits().idleTimeout();
            Activity activity = Connections.activityOf(connection);
            int moved = (int) activity.moved();
            boolean waitedElsewhere = waitsElsewhere;
            waitsElsewhere = !activity.isWaiting();
            if (moved != movement || !Limits.isLimit(timeout)) {
                movement = moved;
                unmovedSinceNanos = nowNanos;
            } else if (!cancelledAsIdle
                    && waitsElsewhere
                    && waitedElsewhere // not just between two reads of its own
                    && isExpired(timeout, nowNanos)) {
                cancelledAsIdle = true; // before the cancel: the ending handler reads it
                cancelledAsIdle = tryCancelAsIdle();
            }
            return periodNanos(timeout);
        }

        private boolean isExpired(Duration timeout, long nowNanos) {
            return nowNanos - unmovedSinceNanos >= TimeUnit.NANOSECONDS.convert(timeout);
        }
    }

    /** Starts the timer if it is not running. Call it after a connection was added. */
    public void connectionAdded() {
        if (enabled && next == null) schedule(usualPeriodNanos);
    }

    /** Cancels the timer if no connection is left. Call it after a connection was removed. */
    public void connectionRemoved() {
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
        if (!all.isEmpty()) connectionAdded(); // one added meanwhile may have seen the old timer
    }

    private void schedule(long periodNanos) {
        lock.lock();
        try {
            if (next != null || all.isEmpty()) return;
            int id = ++timerId;
            next = clock.schedule(Duration.ofNanos(periodNanos), () -> checkAll(id));
        } finally {
            lock.unlock();
        }
    }

    private void checkAll(int id) {
        long shortestNanos = usualPeriodNanos;
        long now = clock.nanoTime();
        try {
            for (Watched each : all) shortestNanos = Math.min(shortestNanos, each.check(now));
        } finally {
            scheduleNext(id, shortestNanos);
        }
    }

    /** Does nothing if the last connection was removed meanwhile, and the timer with it. */
    private void scheduleNext(int id, long periodNanos) {
        lock.lock();
        try {
            if (next == null || id != timerId) return;
            next = null;
            schedule(periodNanos);
        } finally {
            lock.unlock();
        }
    }
}
