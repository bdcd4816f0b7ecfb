package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;

/**
 * Limits how long a virtual thread runs while other threads wait for its carrier. Virtual threads
 * are not preempted. A thread whose calls always succeed, such as the reader of a peer that never
 * stops sending, does not park by itself. So each try to move bytes is counted, and a thread that
 * has used up its slice gives way before its next try.
 *
 * <p>A thread that gives way waits outside the scheduler: see {@link ExpiredThreads}.
 *
 * <p><i>Threads:</i> any. Platform threads are preempted and never give way.
 */
public final class TimeSlice {
    /**
     * Giving way costs about 50 µs of the carrier's time, or 3 % of a slice, and only if other
     * threads wait. An expired thread that continues may be ahead of others, so they wait for about
     * two slices.
     */
    private static final long LENGTH_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Tries per reading of the clock, which costs as much as the counting of eight tries. */
    private static final int TRIES_PER_CHECK = 8;

    /** A try to move more bytes takes longer and counts as several. */
    private static final int BYTES_PER_TRY = 16 * 1024;

    /**
     * Exceeds the number of running threads, so that two of them rarely share one; a power of 2.
     */
    private static final int SLOTS = 256;

    private static final TimeSlice[] ALL = new TimeSlice[SLOTS];

    private static final ExpiredThreads EXPIRED =
            new ExpiredThreads(CarrierWatchdog::doThreadsWait, LENGTH_NANOS);

    static {
        for (int i = 0; i < SLOTS; i++) ALL[i] = new TimeSlice();
    }

    // Written by the running thread. Another thread that shares the slot may overwrite any field at
    // any time, which makes one slice shorter or longer.
    private long owner;
    private long startNanos;
    private int tries;

    private TimeSlice() {}

    private static TimeSlice of(Thread thread) {
        return ALL[(int) thread.threadId() & (SLOTS - 1)];
    }

    /**
     * Counts a try that may succeed without waiting, before it is made. If the calling thread has
     * used up its slice and others wait for carriers, it parks until they have run. An interrupt
     * ends the park; it is neither thrown nor cleared.
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
            EXPIRED.await();
            owner = 0;
        }
    }
}
