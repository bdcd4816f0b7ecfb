package io.loomline.driver.carrier;

import org.jspecify.annotations.Nullable;

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

    /** Many times the number of running threads; a power of 2. */
    static final int SLOTS = 1024;

    private static final TimeSlice[] ALL = new TimeSlice[SLOTS];

    private static final ExpiredThreads EXPIRED =
            new ExpiredThreads(CarrierWatchdog::doThreadsWait, intervalNanos());

    static {
        for (int i = 0; i < SLOTS; i++) ALL[i] = new TimeSlice();
    }

    /**
     * How many slots a thread looks at for its slice, from the one on that its id leads to. If two
     * threads that run at the same time shared a slice, each would begin it anew again and again,
     * and neither would give way.
     */
    private static final int REACH = 4;

    /** No thread runs for so long without a check, unless it computes. */
    private static final long STALE_NANOS = 10 * LENGTH_NANOS;

    // Written by threads that are led to the slot, which may overwrite each other's values: this
    // makes a slice shorter or longer once.
    private long owner;
    private long startNanos;
    private int tries;

    private TimeSlice() {}

    /** With more carriers, more threads continue in the same time. */
    private static long intervalNanos() {
        return 2 * LENGTH_NANOS / Math.max(2, Carriers.COUNT);
    }

    private static TimeSlice slot(long threadId, int distance) {
        return ALL[(int) (threadId + distance) & (SLOTS - 1)];
    }

    /** The slice of a thread; null if it has none. */
    private static @Nullable TimeSlice of(long threadId) {
        for (int i = 0; i < REACH; i++) {
            TimeSlice slice = slot(threadId, i);
            if (slice.owner == threadId) return slice;
        }
        return null;
    }

    /**
     * Counts a try that may succeed without waiting, before it is made, and then {@linkplain
     * #giveWay gives way} if necessary.
     *
     * @param bytes the maximum number of bytes that the try moves
     */
    public static void spend(long bytes) {
        count(bytes);
        giveWay();
    }

    /**
     * Counts a try that may succeed without waiting.
     *
     * @param bytes the maximum number of bytes that the try moves
     */
    public static void count(long bytes) {
        TimeSlice counter = slot(Thread.currentThread().threadId(), 0);
        counter.tries += 1 + (int) Math.min(bytes / BYTES_PER_TRY, TRIES_PER_CHECK);
    }

    /**
     * If the calling thread has used up its slice and others wait for carriers, parks until they
     * have run. An interrupt ends the park; it is neither thrown nor cleared. The caller should
     * hold no lock that others need.
     */
    public static void giveWay() {
        Thread thread = Thread.currentThread();
        TimeSlice counter = slot(thread.threadId(), 0);
        if (counter.tries < TRIES_PER_CHECK) return;
        counter.tries = 0;
        check(thread);
    }

    /** Gives the calling thread a new slice, because it has waited. */
    public static void renew() {
        TimeSlice slice = of(Thread.currentThread().threadId());
        if (slice != null) slice.owner = 0;
    }

    private static void check(Thread thread) {
        long now = System.nanoTime();
        TimeSlice slice = of(thread.threadId());
        if (slice == null) {
            begin(thread.threadId(), now);
        } else if (now - slice.startNanos >= LENGTH_NANOS) {
            if (!thread.isVirtual() || !CarrierWatchdog.mayThreadsWait()) return;
            slice.owner = 0;
            EXPIRED.await();
        }
    }

    /**
     * Begins a slice in a slot that no running thread uses. If there is none, the last one is
     * shared, and its slice goes on.
     */
    private static void begin(long threadId, long now) {
        for (int i = 0; i < REACH; i++) {
            TimeSlice slice = slot(threadId, i);
            boolean isFree = slice.owner == 0 || now - slice.startNanos > STALE_NANOS;
            if (isFree) slice.startNanos = now;
            if (isFree || i == REACH - 1) {
                slice.owner = threadId;
                return;
            }
        }
    }
}
