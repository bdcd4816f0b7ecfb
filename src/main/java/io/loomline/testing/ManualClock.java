package io.loomline.testing;

import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A clock that moves only when a test advances it, so that a test of an hour takes no time.
 *
 * <p><i>Threads:</i> every method may be called from any thread. Timers run on the thread that
 * advances the clock, in the order of their times. While a timer runs, the clock shows its time.
 */
public final class ManualClock implements Clock {
    /** Real time; much longer than a task takes from one wait to the next. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by the lock
    private final PriorityQueue<Scheduled> timers =
            new PriorityQueue<>(
                    Comparator.comparingLong(Scheduled::atNanos)
                            .thenComparingLong(Scheduled::number));
    private long nowNanos;
    private long scheduled;

    private record Scheduled(long atNanos, long number, Runnable action) {}

    /** Creates a clock at time zero. */
    public ManualClock() {}

    @Override
    public long nanoTime() {
        lock.lock();
        try {
            return nowNanos;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Timer scheduleAt(long atNanos, Runnable action) {
        lock.lock();
        try {
            var timer = new Scheduled(Math.max(nowNanos, atNanos), scheduled++, action);
            timers.add(timer);
            changed.signalAll();
            return () -> cancel(timer);
        } finally {
            lock.unlock();
        }
    }

    private void cancel(Scheduled timer) {
        lock.lock();
        try {
            timers.remove(timer);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Advances the clock and runs every timer that becomes due, on the calling thread. This
     * includes timers that are scheduled in the meantime and, even for a duration of zero, timers
     * that are already due. If timers throw, the others still run; then the last exception is
     * thrown.
     *
     * @param duration the time to advance by
     * @throws IllegalArgumentException if the duration is negative
     */
    public void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("duration " + duration + ": expected 0 or more");
        }
        long untilNanos = Math.addExact(nanoTime(), TimeUnit.NANOSECONDS.convert(duration));
        runDue(untilNanos);
    }

    /** Runs the remaining timers even if one throws. */
    private void runDue(long untilNanos) {
        Scheduled due = takeDue(untilNanos);
        try {
            for (; due != null; due = takeDue(untilNanos)) due.action().run();
        } finally {
            if (due != null) runDue(untilNanos);
        }
    }

    private @Nullable Scheduled takeDue(long untilNanos) {
        lock.lock();
        try {
            Scheduled next = timers.peek();
            boolean isDue = next != null && next.atNanos() <= untilNanos;
            nowNanos = Math.max(nowNanos, isDue ? next.atNanos() : untilNanos);
            changed.signalAll();
            return isDue ? timers.poll() : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Starts to advance the clock automatically, for tests that do not control when time passes.
     * The clock jumps to the next timer whenever no timer has been scheduled or cancelled for 10 ms
     * of real time, because then every task is assumed to be waiting. A task that computes for
     * longer than that sees the clock jump.
     *
     * @return a handle that stops the automatic advance
     */
    public AutoAdvance autoAdvance() {
        var advancing =
                Thread.ofVirtual()
                        .inheritInheritableThreadLocals(false)
                        .name("loomline-auto-advance")
                        .unstarted(this::advanceAutomatically);
        advancing.start();
        return () -> stop(advancing);
    }

    /** Stops the automatic advance of a clock. */
    @FunctionalInterface
    public interface AutoAdvance extends AutoCloseable {
        /**
         * Stops the automatic advance. <i>Blocks</i> until a timer that is running has returned,
         * unless that timer is the caller.
         */
        @Override
        void close();
    }

    private static void stop(Thread advancing) {
        advancing.interrupt();
        boolean interrupted = false;
        while (advancing != Thread.currentThread() && advancing.isAlive()) {
            try {
                advancing.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private void advanceAutomatically() {
        try {
            while (true) runNext(awaitQuiet());
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** A timer that throws does not stop the clock. */
    private void runNext(Duration duration) {
        try {
            advance(duration);
        } catch (RuntimeException | Error e) {
            Thread self = Thread.currentThread();
            self.getUncaughtExceptionHandler().uncaughtException(self, e);
        }
    }

    /** Waits until the timers have not changed for a while; returns the time to the next one. */
    private Duration awaitQuiet() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (timers.isEmpty()) changed.await();
                else if (!changed.await(QUIET_NANOS, TimeUnit.NANOSECONDS)) break;
            }
            Scheduled next = timers.peek();
            return Duration.ofNanos(next == null ? 0 : Math.max(0, next.atNanos() - nowNanos));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the number of pending timers.
     *
     * @return the number
     */
    public int timers() {
        lock.lock();
        try {
            return timers.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until exactly {@code count} timers are pending. A test calls this before it advances
     * the clock, to be sure that the code under test has begun to wait.
     *
     * <p><i>Blocks</i> without a limit.
     *
     * @param count the number of pending timers
     * @throws InterruptedException if the calling thread is interrupted
     */
    public void awaitTimers(int count) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (timers.size() != count) changed.await();
        } finally {
            lock.unlock();
        }
    }
}
