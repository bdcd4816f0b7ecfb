package io.loomline.timer;

import io.loomline.concurrent.Threads;
import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs timers by {@link System#nanoTime} on one daemon thread. The thread ends when there has been
 * no timer for a moment.
 *
 * <p>A cancel takes no lock: it clears the timer's action and leaves the empty timer in the queue.
 * The thread removes all empty timers at once when they are the majority.
 */
public final class TimerThread implements TimeSource {
    /** Long enough that a run of short waits needs one thread. */
    private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** After an OutOfMemoryError. An immediate retry would only make it worse. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /**
     * How many more empty timers than pending ones a cancel leaves without waking the thread. They
     * take about 40 KB, and one wake serves many cancels.
     */
    private static final int MOST_EMPTY = 1_000;

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();

    /** The number of timers that have neither run nor been cancelled. */
    private final AtomicInteger pending = new AtomicInteger();

    // guarded by the lock
    private PriorityQueue<Scheduled> timers = new PriorityQueue<>();
    private long scheduled;

    // written under the lock, read by every thread that cancels

    private volatile @Nullable Thread thread;
    private volatile long wakesAtNanos;
    private volatile int queued;

    /** Set by the thread before it decides to sleep, cleared by the one that wakes it. */
    private volatile boolean asleep;

    /** A timer: its action until it runs or is cancelled. The number orders equal times. */
    @SuppressWarnings("serial") // never serialised
    private static final class Scheduled extends AtomicReference<@Nullable Runnable>
            implements Comparable<Scheduled> {
        private final long atNanos;
        private final long number;

        Scheduled(long atNanos, long number, Runnable action) {
            super(action);
            this.atNanos = atNanos;
            this.number = number;
        }

        boolean isEmpty() {
            return get() == null;
        }

        @Override
        public int compareTo(Scheduled other) {
            long apart = atNanos - other.atNanos; // readings are compared by difference only
            return apart == 0 ? Long.compare(number, other.number) : Long.signum(apart);
        }
    }

    public TimerThread(String name) {
        this.name = name;
    }

    /** For tests: the number of timers in the queue, empty ones included. */
    int queueLength() {
        return queued;
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
            pending.getAndIncrement();
            queued = timers.size();
            Thread present = thread;
            if (present == null || !present.isAlive()) startFor(timer);
            else if (atNanos - wakesAtNanos < 0) wake();
            return () -> cancel(timer);
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
            pending.decrementAndGet();
            throw e;
        }
    }

    private void cancel(Scheduled timer) {
        if (timer.getAndSet(null) == null) return; // it has run, or was cancelled before
        int left = pending.decrementAndGet();
        boolean mayEnd = left == 0 && wakesAtNanos - System.nanoTime() > LINGER_NANOS;
        if (mayEnd || queued - left > left + MOST_EMPTY) wake();
    }

    private void wake() {
        if (!asleep) return;
        asleep = false; // of thousands of threads that cancel at once, few wake it
        LockSupport.unpark(thread);
    }

    private void run() {
        while (true) {
            try {
                Scheduled due = awaitDue();
                if (due == null) return;
                Runnable action = due.getAndSet(null);
                if (action == null) continue; // cancelled
                pending.decrementAndGet();
                action.run();
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

    /** The next timer when its time has come; null if the thread must end. */
    private @Nullable Scheduled awaitDue() {
        boolean lingers = false;
        while (true) {
            long nanos;
            lock.lock();
            try {
                Scheduled first = timers.peek();
                long now = System.nanoTime();
                if (first == null && lingers && now - wakesAtNanos >= 0) {
                    thread = null; // the next timer starts another thread
                    return null;
                }
                lingers = first == null;
                nanos = first == null ? LINGER_NANOS : first.atNanos - now;
                if (nanos <= 0) return timers.poll();
                wakesAtNanos = now + nanos;
                queued = timers.size();
                asleep = true;
                if (removeEmpty()) continue;
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(this, nanos);
            var _ = Thread.interrupted(); // otherwise the next park returns at once
        }
    }

    /**
     * Removes the empty timers if they are at least half of all; whether it did. To be called once
     * the fields that a cancel reads are set: a cancel that comes too late for this call wakes the
     * thread.
     */
    private boolean removeEmpty() {
        if (timers.isEmpty() || pending.get() > timers.size() / 2) return false;
        var kept = new PriorityQueue<Scheduled>(); // takes no more memory than it needs
        for (Scheduled each : timers) {
            if (!each.isEmpty()) kept.add(each);
        }
        timers = kept;
        return true;
    }
}
