package io.loomline.concurrent;

import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * An event that happens once, with its waiters: parked threads and callbacks. A thread dump shows
 * the class of the event as the park blocker, so subclasses say what is waited for.
 *
 * <pre>
 *   null ──await, whenFired──▶ chain of waiters, newest first
 *     └──────────fire─────────▶ FIRED ◀──────────fire──────────┘
 * </pre>
 */
public class Event {
    private static final VarHandle WAITERS;
    private static final Waiter FIRED = new Waiter(() -> {});

    /** The number of waiters that every call of {@link #remove} scans, at least. */
    private static final int SHORTEST_SCAN = 8;

    static {
        try {
            WAITERS = MethodHandles.lookup().findVarHandle(Event.class, "waiters", Waiter.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The state, in one word. Written by every thread that adds or removes a waiter, or fires. */
    private volatile @Nullable Waiter waiters;

    /** One callback, linked with the one added before it. */
    public static final class Waiter {
        /** Null once the waiter is removed. */
        private volatile @Nullable Runnable callback;

        /** The waiter added before. Removed ones are unlinked later, by any call of remove. */
        private @Nullable Waiter older;

        /** The number of waiters in the chain when this one was added. */
        private int number;

        private Waiter(Runnable callback) {
            this.callback = callback;
        }
    }

    public final boolean hasFired() {
        return waiters == FIRED;
    }

    /**
     * Runs the callbacks in the order in which they were added, even if one of them throws. From
     * now on, no thread waits and callbacks run at once.
     */
    public final void fire() {
        Waiter newest = (Waiter) WAITERS.getAndSet(this, FIRED);
        if (newest == null || newest == FIRED) return;
        if (newest.older == null) run(newest); // most events have one waiter
        else runAll(newest);
    }

    /** Without memory to reverse the order, runs the newest callback first. */
    private static void runAll(Waiter newest) {
        List<Waiter> newestFirst;
        try {
            newestFirst = new ArrayList<>();
            for (Waiter w = newest; w != null; w = w.older) newestFirst.add(w);
        } catch (OutOfMemoryError e) {
            for (Waiter w = newest; w != null; w = w.older) run(w);
            return;
        }
        for (int i = newestFirst.size() - 1; i >= 0; i--) run(newestFirst.get(i));
    }

    /** Never throws: the other callbacks must run as well. */
    private static void run(Waiter waiter) {
        Runnable callback = waiter.callback;
        if (callback == null) return;
        try {
            callback.run();
        } catch (Throwable e) {
            SafeLog.log("{} failed", "the callback of an event", e);
        }
    }

    /**
     * Parks until the event has happened.
     *
     * @throws InterruptedException if the thread was interrupted first; the status is cleared
     */
    public final void await() throws InterruptedException {
        if (awaitOrInterrupt()) return;
        var _ = Thread.interrupted();
        throw new InterruptedException();
    }

    /**
     * Parks until the event has happened or the thread is interrupted; whether it has happened. An
     * interrupt stays in the status.
     */
    public final boolean awaitOrInterrupt() {
        Thread self = Thread.currentThread();
        Waiter waiter = whenFired(() -> LockSupport.unpark(self));
        while (!hasFired()) {
            LockSupport.park(this);
            if (!hasFired() && self.isInterrupted()) {
                remove(waiter);
                return false;
            }
        }
        return true;
    }

    /** Parks until the event has happened; an interrupt meanwhile stays in the status. */
    public final void awaitUninterruptibly() {
        boolean interrupted = false;
        while (!hasFired()) {
            try {
                await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** Runs the callback on the thread that fires; at once and here if the event has happened. */
    public final Waiter whenFired(Runnable callback) {
        var waiter = new Waiter(callback);
        for (Waiter head; (head = waiters) != FIRED; ) {
            waiter.older = head;
            waiter.number = head == null ? 0 : head.number + 1;
            if (WAITERS.compareAndSet(this, head, waiter)) return waiter;
        }
        callback.run();
        return waiter;
    }

    /**
     * Removes a waiter, so that a long-lived event does not accumulate them. Each call unlinks
     * removed waiters among the newest. Every second call scans twice as far, every fourth call
     * four times as far, and so on. So a call is cheap on average, and the chain holds about as
     * many removed waiters as active ones at most.
     */
    public final void remove(Waiter waiter) {
        waiter.callback = null;
        Waiter head = waiters;
        while (head != null && head != FIRED && head.callback == null) {
            WAITERS.compareAndSet(this, head, head.older);
            head = waiters;
        }
        if (head == FIRED) return;
        // safe in several threads at once: whatever they write, only removed waiters are unlinked
        long farthest = (long) SHORTEST_SCAN << Integer.numberOfTrailingZeros(waiter.number);
        Waiter w = head;
        for (long scanned = 0; w != null && scanned < farthest; scanned++, w = w.older) {
            Waiter older = w.older;
            while (older != null && older.callback == null) older = older.older;
            w.older = older;
        }
    }
}
