package io.loomline.net.wire;

import io.loomline.task.Clock;
import io.loomline.timer.EarliestTimer;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes threads that wait for longer than they may. One for all connections of a network: a wait
 * notes until when it may last, which costs no timer, and one timer for all comes when the first of
 * them is due. There is none while nobody waits.
 */
public final class TimeoutSweeper {
    /** Whoever was woken and is still there is woken again after this. */
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * To look at a wait takes about 100 ns: all sweeps together take 5 % of a processor at most.
     */
    private static final long PAUSE_FOR_EACH_NANOS = TimeUnit.MICROSECONDS.toNanos(2);

    /** Together a second, on the clock's thread. */
    private static final int MOST_TRIES = 100;

    private static final long TRY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Clock clock;

    /** Those who wait, and some who have until a moment ago. */
    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

    /** Set while a thread waits. */
    private final EarliestTimer timer;

    public TimeoutSweeper(Clock clock) {
        this.clock = clock;
        this.timer =
                new EarliestTimer(
                        (atNanos, action) -> clock.scheduleAt(atNanos, action)::cancel,
                        () -> !waits.isEmpty(),
                        this::sweep);
    }

    /**
     * A place where one thread at a time waits.
     *
     * <pre>
     *   nobody ──begin──▶ waiting ──due──▶ overdue: woken until it ends
     *     ▲────────end───────┴────────────────┘
     * </pre>
     *
     * <p>The waiter says that it waits, then looks whether the sweeper knows it; the sweeper
     * forgets it, then looks whether it waits. So none is overlooked.
     */
    abstract static class Wait {
        final TimeoutSweeper sweeper;

        /** Written by the waiter, before the thread; read by the sweeper. */
        private volatile long dueNanos;

        private volatile @Nullable Thread thread;

        /** Set by the sweeper; cleared by the waiter. */
        private volatile boolean overdue;

        /** Whether the sweeper knows of us; written by both. */
        private volatile boolean known;

        /** Nobody waits here any more, or is about to find out that it must not. */
        private volatile boolean retired;

        Wait(TimeoutSweeper sweeper) {
            this.sweeper = sweeper;
        }

        /** The calling thread is about to wait, until then at most. */
        final void begin(long untilNanos) {
            dueNanos = untilNanos;
            thread = Thread.currentThread();
            if (!known) sweeper.add(this);
            if (sweeper.timer.covers(untilNanos)) return;
            sweeper.timer.cover(untilNanos);
            // a clock that was moved before the timer was set does not run it before its next move
            if (untilNanos - sweeper.nanoTime() <= 0) wake();
        }

        final void end() {
            thread = null;
            if (retired) sweeper.remove(this);
        }

        /** Whether the sweeper has found the wait too long; it is asked once. */
        final boolean takeOverdue() {
            if (!overdue) return false;
            overdue = false;
            return true;
        }

        final boolean isWaiting() {
            return thread != null;
        }

        /** The connection is closed: leaves nothing behind. */
        final void retire() {
            retired = true;
            sweeper.remove(this);
        }

        /** On the sweeper: in how many nanoseconds it is due. */
        private long leftNanos(long nowNanos) {
            long left = dueNanos - nowNanos;
            if (left <= 0) wake();
            return left;
        }

        private void wake() {
            overdue = true; // before the wake-up, which it explains
            LockSupport.unpark(thread);
        }
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    private void add(Wait wait) {
        wait.known = true;
        waits.add(wait);
    }

    private void remove(Wait wait) {
        if (waits.remove(wait) && waits.isEmpty()) timer.clearIfUnneeded();
    }

    private void sweep() {
        long now = clock.nanoTime();
        long soonestNanos = 0; // if a look fails, the next one comes soon
        try {
            soonestNanos = lookAtAll(now);
        } finally {
            long pauseNanos = Math.max(SHORTEST_PAUSE_NANOS, waits.size() * PAUSE_FOR_EACH_NANOS);
            if (soonestNanos != Long.MAX_VALUE)
                coverAgain(now + Math.max(soonestNanos, pauseNanos));
        }
    }

    /** Where there is no memory for a timer, those who wait would never be woken: tries again. */
    private void coverAgain(long atNanos) {
        for (int tries = 1; ; tries++) {
            try {
                timer.cover(atNanos);
                return;
            } catch (OutOfMemoryError e) {
                if (tries == MOST_TRIES) throw e;
                LockSupport.parkNanos(TRY_PAUSE_NANOS);
            }
        }
    }

    /** In how many nanoseconds the first of them is due. */
    private long lookAtAll(long now) {
        long soonestNanos = Long.MAX_VALUE;
        for (Wait wait : waits) {
            if (!wait.isWaiting()) forget(wait);
            if (wait.isWaiting()) soonestNanos = Math.min(soonestNanos, wait.leftNanos(now));
        }
        return soonestNanos;
    }

    /** It comes back with its next wait, which may have begun. */
    private void forget(Wait wait) {
        waits.remove(wait);
        wait.known = false;
        if (wait.isWaiting()) add(wait);
    }
}
