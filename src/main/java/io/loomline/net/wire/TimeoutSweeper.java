package io.loomline.net.wire;

import io.loomline.task.Clock;
import io.loomline.timer.EarliestTimer;
import io.loomline.timer.TimeSource;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes threads whose wait exceeds its timeout. All connections of a network share one sweeper and
 * its single timer: a wait only stores its due time, and the timer is set for the earliest one. No
 * timer is set while no thread waits.
 */
public final class TimeoutSweeper {
    /** The shortest time between two sweeps. An overdue thread is woken again by each sweep. */
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Checking one wait takes about 100 ns, so sweeps use at most 5 % of a processor. */
    private static final long PAUSE_FOR_EACH_NANOS = TimeUnit.MICROSECONDS.toNanos(2);

    /** With the pause below they last one second, on the clock's thread. */
    private static final int MOST_TRIES = 100;

    private static final long TRY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Clock clock;

    /** The waits in progress, and some that ended after the last sweep. */
    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

    /** Set while a thread waits. */
    private final EarliestTimer timer;

    private record ClockSource(Clock clock) implements TimeSource {
        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public Runnable scheduleAt(long atNanos, Runnable action) {
            return clock.scheduleAt(atNanos, action)::cancel;
        }
    }

    public TimeoutSweeper(Clock clock) {
        this.clock = clock;
        this.timer = new EarliestTimer(new ClockSource(clock), () -> !waits.isEmpty(), this::sweep);
    }

    /**
     * A reusable wait, of one thread at a time.
     *
     * <pre>
     *   idle ──begin──▶ waiting ──due──▶ overdue: woken by each sweep until it ends
     *     ▲───────end──────┴────────────────┘
     * </pre>
     *
     * <p>The waiter first sets its thread and then checks whether it is registered. The sweeper
     * first unregisters the wait and then checks whether a thread is set. At least one of the two
     * sees the other's write, so every waiting thread stays registered.
     */
    abstract static class Wait {
        final TimeoutSweeper sweeper;

        /** Written by the waiter before {@code thread}, read by the sweeper. */
        private volatile long dueNanos;

        /** The waiting thread; null while idle. Written by the waiter, read by the sweeper. */
        private volatile @Nullable Thread thread;

        /** Set by the sweeper, cleared by the waiter. */
        private volatile boolean overdue;

        /** Whether the wait is in the sweeper's set. Written by the waiter and the sweeper. */
        private volatile boolean registered;

        /** Whether the connection is closed: a wait in progress ends soon, and no other begins. */
        private volatile boolean retired;

        Wait(TimeoutSweeper sweeper) {
            this.sweeper = sweeper;
        }

        /** Called before the calling thread waits, at most until that time. */
        final void begin(long untilNanos) {
            assert thread == null : "a second thread begins to wait";
            dueNanos = untilNanos;
            thread = Thread.currentThread();
            try {
                if (!registered) sweeper.add(this);
                if (sweeper.timer.covers(untilNanos)) return;
                sweeper.timer.cover(untilNanos);
            } catch (Throwable e) { // out of memory, or thrown by the clock: it does not wait
                thread = null;
                throw e;
            }
            // if a manual clock passed that time before the timer was set, the timer runs only when
            // the clock is advanced again
            if (untilNanos - sweeper.nanoTime() <= 0) wake();
        }

        final void end() {
            assert thread == null || thread == Thread.currentThread() : "another thread's wait";
            thread = null;
            if (retired) sweeper.remove(this);
        }

        /** Whether the sweeper has found the wait overdue; resets that. */
        final boolean takeOverdue() {
            if (!overdue) return false;
            overdue = false;
            return true;
        }

        final boolean isWaiting() {
            return thread != null;
        }

        /** Called when the connection is closed: removes the wait from the sweeper. */
        final void retire() {
            retired = true;
            sweeper.remove(this);
        }

        /** Wakes the thread if the wait is overdue. Returns the time left, in nanoseconds. */
        private long leftNanos(long nowNanos) {
            long left = dueNanos - nowNanos;
            if (left <= 0) wake();
            return left;
        }

        private void wake() {
            overdue = true; // before the wake-up: the woken thread checks it
            LockSupport.unpark(thread);
        }
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    private void add(Wait wait) {
        wait.registered = true;
        waits.add(wait);
    }

    private void remove(Wait wait) {
        if (waits.remove(wait) && waits.isEmpty()) timer.clearIfUnneeded();
    }

    private void sweep() {
        long now = clock.nanoTime();
        long soonestNanos = 0; // after a sweep that fails, the next one follows at once
        try {
            soonestNanos = wakeOverdue(now);
        } finally {
            long pauseNanos = Math.max(SHORTEST_PAUSE_NANOS, waits.size() * PAUSE_FOR_EACH_NANOS);
            if (soonestNanos != Long.MAX_VALUE)
                coverAgain(now + Math.max(soonestNanos, pauseNanos));
        }
    }

    /** Retries if no memory is left for a timer, because without one no waiting thread is woken. */
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

    /** Wakes overdue threads. Returns the time until the next wait is due, in nanoseconds. */
    private long wakeOverdue(long now) {
        long soonestNanos = Long.MAX_VALUE;
        for (Wait wait : waits) {
            if (!wait.isWaiting()) unregister(wait);
            if (wait.isWaiting()) soonestNanos = Math.min(soonestNanos, wait.leftNanos(now));
        }
        return soonestNanos;
    }

    /** Removes an idle wait; its next {@code begin}, which may be running now, adds it again. */
    private void unregister(Wait wait) {
        waits.remove(wait);
        wait.registered = false;
        if (wait.isWaiting()) add(wait);
    }
}
