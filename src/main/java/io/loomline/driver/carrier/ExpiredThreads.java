package io.loomline.driver.carrier;

import io.loomline.concurrent.Threads;

import org.jspecify.annotations.Nullable;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Threads whose time slices have expired. They wait outside the scheduler until others have run.
 *
 * <p>A carrier searches other queues only if two queues are empty: its own, and the one that it
 * took the last thread from ({@code ForkJoinPool.runWorker}). A thread that yields is back in one
 * of these before the carrier searches, so a few threads that take turns on a carrier keep it from
 * the queues of other carriers, and from the queue of threads that were woken by a timer or a
 * platform thread. Therefore a platform thread lets expired threads continue one by one: when no
 * thread waits for a carrier, and otherwise at intervals.
 *
 * <p><i>Threads:</i> any.
 */
final class ExpiredThreads {
    /**
     * The first pause between two checks whether others wait; each further one is twice as long.
     */
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** How long the platform thread waits for further expired threads before it ends. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Queue<Expired> waiting = new ConcurrentLinkedQueue<>();
    private final BooleanSupplier othersWait;
    private final long intervalNanos;
    private final LoopFailures failures =
            new LoopFailures("the resumption of threads whose time slices have expired");

    private final ReentrantLock lock = new ReentrantLock();

    /** The platform thread; null while there is none. Guarded by the lock. */
    private @Nullable Thread resumer;

    /** Whether a thread has begun to wait, so that its carrier is about to serve others. */
    private volatile boolean expired;

    // confined to the platform thread
    private long continuedNanos = System.nanoTime();
    private long pauseNanos = FIRST_PAUSE_NANOS;

    /** A thread that waits to continue. */
    private static final class Expired {
        final Thread thread = Thread.currentThread();
        volatile boolean continues;
    }

    /**
     * Creates an empty set.
     *
     * @param othersWait whether threads wait for a carrier; called by the platform thread
     * @param intervalNanos how often a thread continues although others wait. Some of these are
     *     expired ones that have continued and have no carrier yet
     */
    ExpiredThreads(BooleanSupplier othersWait, long intervalNanos) {
        this.othersWait = othersWait;
        this.intervalNanos = intervalNanos;
    }

    /**
     * Parks the calling thread until it may continue. An interrupt ends the park; it is neither
     * thrown nor cleared.
     */
    void await() {
        var mine = new Expired();
        waiting.add(mine);
        expired = true;
        try {
            if (!wakeResumer()) return;
            while (!mine.continues && !mine.thread.isInterrupted()) LockSupport.park(this);
        } finally {
            if (!mine.continues) waiting.remove(mine);
        }
    }

    /** Returns false if there is no memory for the platform thread. */
    private boolean wakeResumer() {
        lock.lock();
        try {
            if (resumer == null) {
                Thread created = Threads.daemon("loomline-slices", this::run);
                created.start();
                resumer = created;
            }
            LockSupport.unpark(resumer);
            return true;
        } catch (OutOfMemoryError e) { // such as "unable to create native thread"
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            try {
                Thread.interrupted(); // parking returns at once while the status is set
                if (waiting.isEmpty()) {
                    LockSupport.parkNanos(this, IDLE_NANOS);
                    if (tryEnd()) return;
                } else if (mayOneContinue()) {
                    letOneContinue();
                } else {
                    LockSupport.parkNanos(this, pauseNanos);
                    pauseNanos = Math.min(2 * pauseNanos, intervalNanos);
                }
            } catch (Throwable e) { // such as a lack of memory: no thread waits for the next check
                failures.record(e);
                letOneContinue();
            }
        }
    }

    private boolean tryEnd() {
        lock.lock();
        try {
            if (!waiting.isEmpty()) return false;
            resumer = null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean mayOneContinue() {
        if (expired) {
            expired = false;
            pauseNanos = FIRST_PAUSE_NANOS;
        }
        return !othersWait.getAsBoolean() || System.nanoTime() - continuedNanos >= intervalNanos;
    }

    private void letOneContinue() {
        Expired first = waiting.poll();
        if (first == null) return;
        continuedNanos = System.nanoTime();
        first.continues = true;
        LockSupport.unpark(first.thread);
    }
}
