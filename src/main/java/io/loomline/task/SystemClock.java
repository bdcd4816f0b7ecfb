package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The clock of the machine: {@link System#nanoTime}, and one daemon thread for all timers, which
 * ends when there has been no timer for a moment.
 */
public final class SystemClock implements Clock {
    /** The only instance. */
    public static final SystemClock INSTANCE = new SystemClock();

    /** Long enough that a run of short waits needs one thread. */
    private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Where memory is short, to try again at once would only make it worse. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by the lock
    private final TreeSet<Scheduled> timers = new TreeSet<>();
    private long scheduled;
    private long wakesAtNanos;
    private @Nullable Thread thread;

    /** For tests, to which no one else's timers belong. */
    SystemClock() {}

    /** A timer; the number orders those of the same time. */
    private record Scheduled(long atNanos, long number, Runnable action)
            implements Comparable<Scheduled> {
        @Override
        public int compareTo(Scheduled other) {
            long apart = atNanos - other.atNanos; // readings are compared by difference only
            return apart == 0 ? Long.compare(number, other.number) : Long.signum(apart);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Timer scheduleAt(long atNanos, Runnable action) {
        lock.lock();
        try {
            long at = nanoTimeAfter(Duration.ofNanos(atNanos - nanoTime())); // is comparable
            var timer = new Scheduled(at, scheduled++, action);
            timers.add(timer);
            if (thread == null || !thread.isAlive()) startFor(timer);
            else if (at - wakesAtNanos < 0) changed.signal();
            return () -> cancel(timer);
        } finally {
            lock.unlock();
        }
    }

    private void cancel(Scheduled timer) {
        lock.lock();
        try {
            boolean wasLast = timers.remove(timer) && timers.isEmpty();
            // so that it ends soon; one that wakes soon anyway is left alone
            if (wasLast && wakesAtNanos - nanoTime() > LINGER_NANOS) changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing along from whoever happens to be the first to wait. */
    private void startFor(Scheduled timer) {
        Thread starting =
                Thread.ofPlatform()
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .name("loomline-clock")
                        .unstarted(this::run);
        try {
            starting.start();
            thread = starting;
        } catch (Throwable e) { // such as that there are too many: whoever asks is told
            timers.remove(timer);
            throw e;
        }
    }

    private void run() {
        while (true) {
            try {
                Scheduled due = awaitDue();
                if (due == null) return;
                due.action().run();
            } catch (Throwable e) { // the other timers have their time, too
                SafeLog.log("{} failed", "a timer", e);
                if (e instanceof OutOfMemoryError) LockSupport.parkNanos(PAUSE_NANOS);
            }
            var _ = Thread.interrupted(); // what an action has left behind is not for the next
        }
    }

    /** The next timer when its time has come; null when the thread is to end. */
    private @Nullable Scheduled awaitDue() throws InterruptedException {
        lock.lock();
        try {
            boolean hasLingered = false;
            while (!timers.isEmpty() || !hasLingered) {
                hasLingered = timers.isEmpty();
                long nanos = hasLingered ? LINGER_NANOS : timers.first().atNanos() - nanoTime();
                if (nanos <= 0) return timers.pollFirst();
                wakesAtNanos = nanoTime() + nanos;
                var _ = changed.awaitNanos(nanos);
            }
            thread = null; // whoever sets a timer from here on starts another
            return null;
        } finally {
            lock.unlock();
        }
    }
}
