package io.loomline.concurrent;

import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Something that happens once, and those who wait for it: threads that park and callbacks.
 *
 * <pre>
 *   null ──await, whenFired──▶ chain of waiters, newest first
 *     └──────────fire─────────▶ FIRED ◀──────────fire──────────┘
 * </pre>
 */
public final class Event {
    private static final VarHandle WAITERS;
    private static final Waiter FIRED = new Waiter(() -> {});

    /** How many of those who still wait someone who gives up passes, at least. */
    private static final int FEWEST_PASSED = 8;

    static {
        try {
            WAITERS = MethodHandles.lookup().findVarHandle(Event.class, "waiters", Waiter.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** One state word; written by whoever waits, gives up waiting, or fires. */
    private volatile @Nullable Waiter waiters;

    /** Someone who waits. */
    public static final class Waiter {
        /** Null from when the waiter has given up. */
        private volatile @Nullable Runnable wake;

        /** Who came before. Those who gave up are skipped some time, by anyone. */
        private @Nullable Waiter older;

        /** Counts those who came before, since nobody waited. */
        private int number;

        private Waiter(Runnable wake) {
            this.wake = wake;
        }
    }

    public boolean hasFired() {
        return waiters == FIRED;
    }

    /**
     * Wakes everyone, in the order in which they came, whatever one of them throws. Those who come
     * later do not wait.
     */
    public void fire() {
        Waiter newest = (Waiter) WAITERS.getAndSet(this, FIRED);
        if (newest == null || newest == FIRED) return;
        if (newest.older == null) wake(newest); // as with most
        else wakeAll(newest);
    }

    /** Where there is no memory to turn the order round, the newest comes first. */
    private static void wakeAll(Waiter newest) {
        List<Waiter> newestFirst;
        try {
            newestFirst = new ArrayList<>();
            for (Waiter w = newest; w != null; w = w.older) newestFirst.add(w);
        } catch (OutOfMemoryError e) {
            for (Waiter w = newest; w != null; w = w.older) wake(w);
            return;
        }
        for (int i = newestFirst.size() - 1; i >= 0; i--) wake(newestFirst.get(i));
    }

    /** Never throws: the others are to be woken as well. */
    private static void wake(Waiter waiter) {
        Runnable wake = waiter.wake;
        if (wake == null) return;
        try {
            wake.run();
        } catch (Throwable e) {
            SafeLog.log("{} could not be told", "someone who waited", e);
        }
    }

    /**
     * Parks until the event has happened.
     *
     * @throws InterruptedException if the thread was interrupted first; the status is cleared
     */
    public void await() throws InterruptedException {
        Thread self = Thread.currentThread();
        Waiter waiter = whenFired(() -> LockSupport.unpark(self));
        while (!hasFired()) {
            LockSupport.park(this);
            if (!hasFired() && Thread.interrupted()) {
                forget(waiter);
                throw new InterruptedException();
            }
        }
    }

    /** Parks until the event has happened; an interrupt meanwhile is kept in the status. */
    public void awaitUninterruptibly() {
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

    /** Runs the callback when the event happens, on the thread that fires, or here if it has. */
    public Waiter whenFired(Runnable callback) {
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
     * Forgets a waiter that gives up, so that a long-lived event does not gather them. It takes out
     * those who gave up among the newest; every second one looks twice as far, every fourth four
     * times, and so on. So each costs little, however many wait or give up together, and no more
     * are left behind, by and large, than there are who still wait.
     */
    public void forget(Waiter waiter) {
        waiter.wake = null;
        Waiter head = waiters;
        while (head != null && head != FIRED && head.wake == null) {
            WAITERS.compareAndSet(this, head, head.older);
            head = waiters;
        }
        if (head == FIRED) return;
        // several may do so at the same time: whatever they write, only who gave up is skipped
        long farthest = (long) FEWEST_PASSED << Integer.numberOfTrailingZeros(waiter.number);
        Waiter w = head;
        for (long passed = 0; w != null && passed < farthest; passed++, w = w.older) {
            Waiter older = w.older;
            while (older != null && older.wake == null) older = older.older;
            w.older = older;
        }
    }
}
