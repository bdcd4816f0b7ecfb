package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a virtual thread may run while others want its carrier. Nothing preempts virtual
 * threads, and one whose calls always succeed, such as the reader of a peer that never stops
 * sending, does not park by itself. So each try to move bytes counts, and a thread whose slice is
 * used up gives way before its next try.
 *
 * <p>Whoever has a carrier only looks for other threads once the queue that it takes them from is
 * empty: {@code ForkJoinPool.runWorker}. A thread that yields is back in that queue before the
 * carrier looks. If it is alone there, or alternates with others that yield, the carrier never
 * visits any other queue: neither that of the threads that a timer or a thread of the system has
 * woken, nor those of other carriers. A thread that parks for a nanosecond leaves the queue, but
 * the timer brings all of those back by one queue, which with two of them on one carrier is never
 * empty either. Hence each thread does both by turns: whichever queue it came through, it leaves by
 * another one.
 *
 * <p>Measured with two readers of peers that send as fast as they can, on one carrier: an echo takes
 * up to 3 s if nobody gives way, 2 s if they only yield, 1 s if they only park, and 8 ms with both.
 *
 * <p><i>Threads:</i> any; those of the system are preempted anyway and never give way.
 */
public final class TimeSlice {
    /**
     * To give way costs about 10 µs, which is 2 % of a slice, and only where others wait: 0.5 ms is
     * short enough for twenty greedy threads per carrier to let an echo through in 10 ms.
     */
    private static final long LENGTH_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    /** Tries between two looks at the time, which costs as much as the rest of them together. */
    private static final int TRIES_TO_LOOK = 8;

    /** More than run at a time, so that two of those rarely share one; a power of two. */
    private static final int SLOTS = 256;

    private static final TimeSlice[] ALL = new TimeSlice[SLOTS];

    static {
        for (int i = 0; i < SLOTS; i++) ALL[i] = new TimeSlice();
    }

    // Of the thread that runs. Others that share the slot may overwrite any of it at any time,
    // which makes a slice shorter or longer, once.
    private long owner;
    private long sinceNanos;
    private int tries;
    private boolean yields;

    private TimeSlice() {}

    private static TimeSlice of(Thread thread) {
        return ALL[(int) thread.threadId() & (SLOTS - 1)];
    }

    /**
     * The calling thread is about to try something that may succeed without a wait. Gives way to
     * others if it has run for long and others want to run. Neither throws nor clears an interrupt,
     * which cuts the giving way short.
     */
    public static void spend() {
        Thread thread = Thread.currentThread();
        TimeSlice slice = of(thread);
        if (++slice.tries >= TRIES_TO_LOOK) slice.look(thread);
    }

    /** The calling thread has waited: it has another slice. */
    public static void renew() {
        Thread thread = Thread.currentThread();
        TimeSlice slice = of(thread);
        if (slice.owner == thread.threadId()) slice.owner = 0;
    }

    private void look(Thread thread) {
        tries = 0;
        long now = System.nanoTime();
        if (owner != thread.threadId()) {
            owner = thread.threadId();
            sinceNanos = now;
        } else if (now - sinceNanos >= LENGTH_NANOS) {
            if (!thread.isVirtual() || !CarrierWatch.mayThreadsWait()) return;
            giveWay();
            owner = 0;
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yielding is the point
    private void giveWay() {
        yields = !yields;
        if (yields) Thread.yield();
        else LockSupport.parkNanos(this, 1);
    }
}
