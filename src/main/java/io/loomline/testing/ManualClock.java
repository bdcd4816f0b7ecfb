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
 * A clock that stands still until it is moved by hand, so that a test of an hour takes no time.
 *
 * <p><i>Threads:</i> every method may be called from any thread. Timers run on the thread that
 * moves the clock, in the order of their times, each with the clock at its time.
 */
public final class ManualClock implements Clock {
    /** Real time; long beside what a task needs to get from one wait to the next. */
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

    /** Creates a clock that stands at zero. */
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
     * Moves the clock and runs, on the calling thread, every timer whose time comes, also those
     * that are set meanwhile. A timer that is due now runs even for a duration of zero. What a
     * timer throws is thrown when all of them have run.
     *
     * @param duration how far
     * @throws IllegalArgumentException if it is negative
     */
    public void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("duration " + duration + ": expected 0 or more");
        }
        long untilNanos = Math.addExact(nanoTime(), TimeUnit.NANOSECONDS.convert(duration));
        runDue(untilNanos);
    }

    /** Also the rest, if one throws. */
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
     * Moves the clock by itself from now on: to the next timer, whenever nobody has set a timer or
     * taken one back for a while of real time, because then everyone waits. For tests that need no
     * say in when time passes.
     *
     * @return what ends it
     */
    public AutoAdvance autoAdvance() {
        var advancing =
                Thread.ofVirtual()
                        .inheritInheritableThreadLocals(false)
                        .name("loomline-auto-advance")
                        .unstarted(this::runAhead);
        advancing.start();
        return () -> end(advancing);
    }

    /** Ends the clock's moving by itself. */
    @FunctionalInterface
    public interface AutoAdvance extends AutoCloseable {
        /** From when this returns, the clock stands still. */
        @Override
        void close();
    }

    private static void end(Thread advancing) {
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

    private void runAhead() {
        try {
            while (true) runNext(awaitQuiet());
        } catch (InterruptedException e) {
            // closed: time stands still again
        }
    }

    /** What a timer throws does not stop the time for the others. */
    private void runNext(Duration duration) {
        try {
            advance(duration);
        } catch (RuntimeException | Error e) {
            Thread self = Thread.currentThread();
            self.getUncaughtExceptionHandler().uncaughtException(self, e);
        }
    }

    /** Waits until the timers have not changed for a while; how long it is to the next. */
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
     * How many timers wait for their time.
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
     * Waits until exactly so many timers wait for their time: for a test that moves the clock only
     * when the code under test has begun to wait. <i>Blocks.</i>
     *
     * @param count how many
     * @throws InterruptedException if the thread was interrupted
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
