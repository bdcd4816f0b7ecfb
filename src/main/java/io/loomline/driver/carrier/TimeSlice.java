package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a virtual thread may run while others want its carrier. Nothing preempts virtual
 * threads, and one whose calls always succeed, such as the reader of a peer that never stops
 * sending, does not park by itself. So each try to move bytes counts, and a thread whose slice is
 * used up gives way before its next try.
 *
 * <p>A carrier looks for other threads only once its own queue, and then the one that it has taken
 * the last thread from, are empty: {@code ForkJoinPool.runWorker}. A thread that yields is back in
 * one of these before the carrier looks. So a yield lets those run that are there, and the carrier
 * never visits any other queue: neither that of the threads that a timer or a thread of the system
 * has woken, nor those of other carriers. A thread that parks for a nanosecond leaves both, but the
 * timer brings all of those back by one queue, which with two of them on one carrier is never empty
 * either. Hence each thread comes back by two queues in turn: by the timer's, and by that of the
 * threads which its carrier starts. Whichever the carrier has taken it from, it leaves by the
 * other.
 *
 * <p>Measured with two readers of peers that send as fast as they can, on one carrier: an echo
 * takes up to 3 s if nobody gives way, 2 s if they only yield, 1 s if they only park, and in 99 %
 * less than 10 ms with both.
 *
 * <p><i>Threads:</i> any; those of the system are preempted anyway and never give way.
 */
public final class TimeSlice {
    /**
     * To give way costs about 10 µs, which is 2 % of a slice, and only where others wait: 0.5 ms is
     * short enough for twenty greedy threads per carrier to let an echo through in 10 ms.
     */
    private static final long LENGTH_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    /** Tries between two looks at the time, which take as long as all the rest of eight tries. */
    private static final int TRIES_TO_LOOK = 8;

    /** A try for more bytes counts as several: it takes longer. */
    private static final int BYTES_OF_A_TRY = 16 * 1024;

    /**
     * For a thread that cannot leave its carrier, the only one that could run what wakes it. Any
     * other is woken long before: it must not come back by the timer's queue twice in a row.
     */
    private static final long LONGEST_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

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
    private boolean comesBackByTimer;

    private TimeSlice() {}

    private static TimeSlice of(Thread thread) {
        return ALL[(int) thread.threadId() & (SLOTS - 1)];
    }

    /**
     * The calling thread is about to try something that may succeed without a wait. Gives way to
     * others if it has run for long and others want to run. Neither throws nor clears an interrupt,
     * which cuts the giving way short.
     *
     * @param bytes how many bytes at most the try moves
     */
    public static void spend(long bytes) {
        Thread thread = Thread.currentThread();
        TimeSlice slice = of(thread);
        slice.tries += 1 + (int) Math.min(bytes / BYTES_OF_A_TRY, TRIES_TO_LOOK);
        if (slice.tries >= TRIES_TO_LOOK) slice.look(thread);
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
            if (!thread.isVirtual() || !CarrierWatchdog.mayThreadsWait()) return;
            giveWay(thread);
            owner = 0;
        }
    }

    private void giveWay(Thread thread) {
        comesBackByTimer = !comesBackByTimer;
        if (comesBackByTimer || !startWaker(thread)) LockSupport.parkNanos(this, 1);
        else LockSupport.parkNanos(this, LONGEST_PARK_NANOS);
    }

    /** Whether there was the memory for it. */
    private static boolean startWaker(Thread thread) {
        try {
            Thread.ofVirtual()
                    .inheritInheritableThreadLocals(false)
                    .start(() -> LockSupport.unpark(thread));
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }
}
