package io.loomline.driver.carrier;

import io.loomline.concurrent.Threads;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Limits how long a virtual thread runs while other threads wait for its carrier. Virtual threads
 * are not preempted. A thread whose calls always succeed, such as the reader of a peer that never
 * stops sending, does not park by itself. So each try to move bytes is counted, and a thread that
 * has used up its slice gives way before its next try.
 *
 * <p>A carrier searches other queues only if two queues are empty: its own, and the one that it
 * took the last thread from ({@code ForkJoinPool.runWorker}). A thread that yields is back in one
 * of these before the carrier searches. So yielding never lets the carrier reach the queues of
 * other carriers, or the queue of threads that were woken by a timer or a platform thread. A thread
 * that parks for a nanosecond leaves both queues, but the timer puts all such threads into one
 * queue, and with two of them on one carrier that is never empty either. Hence each thread
 * alternates between two ways back: through the timer's queue, and through the queue of threads
 * that its carrier starts. So it always leaves the queue that the carrier took it from.
 *
 * <p>The maximum time of an echo on one carrier, beside two readers of peers that send as fast as
 * they can:
 *
 * <pre>
 *   the readers never give way      3 s
 *   they only yield                 2 s
 *   they only park                  1 s
 *   they alternate as described    10 ms, for 99 % of the echoes
 * </pre>
 *
 * <p><i>Threads:</i> any. Platform threads are preempted and never give way.
 */
public final class TimeSlice {
    /**
     * Giving way costs about 10 µs, or 2 % of a slice, and only if other threads wait. With twenty
     * greedy threads per carrier, an echo still takes at most 10 ms.
     */
    private static final long LENGTH_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    /** Tries per reading of the clock, which costs as much as the counting of eight tries. */
    private static final int TRIES_PER_CHECK = 8;

    /** A try to move more bytes takes longer and counts as several. */
    private static final int BYTES_PER_TRY = 16 * 1024;

    /**
     * Ends the park of a thread that is pinned to the only carrier, on which its waker cannot run.
     * Any other thread is woken long before, so that it does not return through the timer's queue.
     */
    private static final long MAX_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * Exceeds the number of running threads, so that two of them rarely share one; a power of 2.
     */
    private static final int SLOTS = 256;

    private static final TimeSlice[] ALL = new TimeSlice[SLOTS];

    static {
        for (int i = 0; i < SLOTS; i++) ALL[i] = new TimeSlice();
    }

    // Written by the running thread. Another thread that shares the slot may overwrite any field at
    // any time, which makes one slice shorter or longer.
    private long owner;
    private long startNanos;
    private int tries;
    private boolean returnsByTimer;

    private TimeSlice() {}

    private static TimeSlice of(Thread thread) {
        return ALL[(int) thread.threadId() & (SLOTS - 1)];
    }

    /**
     * Counts a try that may succeed without waiting, before it is made. If the calling thread has
     * used up its slice and others wait for carriers, it parks briefly. An interrupt ends the park;
     * it is neither thrown nor cleared.
     *
     * @param bytes the maximum number of bytes that the try moves
     */
    public static void spend(long bytes) {
        Thread thread = Thread.currentThread();
        TimeSlice slice = of(thread);
        slice.tries += 1 + (int) Math.min(bytes / BYTES_PER_TRY, TRIES_PER_CHECK);
        if (slice.tries >= TRIES_PER_CHECK) slice.check(thread);
    }

    /** Gives the calling thread a new slice, because it has waited. */
    public static void renew() {
        Thread thread = Thread.currentThread();
        TimeSlice slice = of(thread);
        if (slice.owner == thread.threadId()) slice.owner = 0;
    }

    private void check(Thread thread) {
        tries = 0;
        long now = System.nanoTime();
        if (owner != thread.threadId()) {
            owner = thread.threadId();
            startNanos = now;
        } else if (now - startNanos >= LENGTH_NANOS) {
            if (!thread.isVirtual() || !CarrierWatchdog.mayThreadsWait()) return;
            giveWay(thread);
            owner = 0;
        }
    }

    private void giveWay(Thread thread) {
        returnsByTimer = !returnsByTimer;
        if (returnsByTimer || !startWaker(thread)) LockSupport.parkNanos(this, 1);
        else LockSupport.parkNanos(this, MAX_PARK_NANOS);
    }

    /** Returns false if there is no memory for another thread. */
    private static boolean startWaker(Thread thread) {
        try {
            var _ = Threads.startVirtual(() -> LockSupport.unpark(thread));
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }
}
