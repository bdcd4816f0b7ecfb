package io.loomline.timer;

import io.loomline.concurrent.Threads;
import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs timers by {@link System#nanoTime} on one daemon thread. The thread ends when there has been
 * no timer for a moment.
 */
public final class TimerThread implements TimeSource {
    /** Long enough that a run of short waits needs one thread. */
    private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** After an OutOfMemoryError. An immediate retry would only make it worse. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Cancelled timers that are not removed yet. */
    private final Queue<Scheduled> cancelled = new ConcurrentLinkedQueue<>();

    /**
     * How many cancels have not been looked after. The thread that raises it from 0 removes the
     * timers, also those of cancels that come meanwhile. So of thousands of threads that cancel at
     * once only one waits for the lock.
     */
    private final AtomicInteger cancels = new AtomicInteger();

    // guarded by the lock
    private final TreeSet<Scheduled> timers = new TreeSet<>();
    private long scheduled;
    private long wakesAtNanos;
    private @Nullable Thread thread;

    /** A timer. The number orders timers of the same time. */
    private static final class Scheduled implements Comparable<Scheduled> {
        private final long atNanos;
        private final long number;
        private final Runnable action;

        /** Set by the thread that cancels it, read by the thread of the timers. */
        private volatile boolean cancelled;

        Scheduled(long atNanos, long number, Runnable action) {
            this.atNanos = atNanos;
            this.number = number;
            this.action = action;
        }

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

    public TimerThread(String name) {
        this.name = name;
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    /** {@inheritDoc} The time is at most a century from now. */
    @Override
    public Runnable scheduleAt(long atNanos, Runnable action) {
        lock.lock();
        try {
            var timer = new Scheduled(atNanos, scheduled++, action);
            timers.add(timer);
            if (thread == null || !thread.isAlive()) startFor(timer);
            else if (atNanos - wakesAtNanos < 0) changed.signal();
            return () -> cancel(timer);
        } finally {
            lock.unlock();
        }
    }

    private void cancel(Scheduled timer) {
        timer.cancelled = true;
        cancelled.add(timer);
        if (cancels.getAndIncrement() != 0) return;
        int seen = 1;
        do {
            removeCancelled();
            seen = cancels.addAndGet(-seen);
        } while (seen != 0);
    }

    private void removeCancelled() {
        lock.lock();
        try {
            boolean removesLast = false;
            for (Scheduled next; (next = cancelled.poll()) != null; ) {
                removesLast = timers.remove(next) && timers.isEmpty();
            }
            // so that the thread ends soon, unless it wakes soon anyway
            if (removesLast && wakesAtNanos - System.nanoTime() > LINGER_NANOS) changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void startFor(Scheduled timer) {
        Thread starting = Threads.daemon(name, this::run);
        try {
            starting.start();
            thread = starting;
        } catch (Throwable e) { // for example, too many threads: the caller gets the error
            timers.remove(timer);
            throw e;
        }
    }

    private void run() {
        while (true) {
            try {
                Scheduled due = awaitDue();
                if (due == null) return;
                if (!due.cancelled) due.action.run();
            } catch (Throwable e) { // the other timers still run
                afterFailure(e);
            }
            var _ = Thread.interrupted(); // an interrupt left by one action is not for the next
        }
    }

    /** Never throws: if the thread ended, its timers would never run. */
    private static void afterFailure(Throwable e) {
        try {
            SafeLog.log("{} failed", "a timer", e);
        } catch (Throwable again) {
            assert again != null : "no memory, not even to load the log";
        }
        if (e instanceof OutOfMemoryError) LockSupport.parkNanos(PAUSE_NANOS);
    }

    /** The next timer when it is due; null if the thread must end. */
    private @Nullable Scheduled awaitDue() throws InterruptedException {
        lock.lock();
        try {
            boolean hasLingered = false;
            while (!timers.isEmpty() || !hasLingered) {
                hasLingered = timers.isEmpty();
                long now = System.nanoTime();
                long nanos = hasLingered ? LINGER_NANOS : timers.first().atNanos - now;
                if (nanos <= 0) return timers.pollFirst();
                wakesAtNanos = now + nanos;
                var _ = changed.awaitNanos(nanos);
            }
            thread = null; // the next timer starts another thread
            return null;
        } finally {
            lock.unlock();
        }
    }
}
