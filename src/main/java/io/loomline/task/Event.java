package io.loomline.task;

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
final class Event {
    private static final VarHandle WAITERS;
    private static final Waiter FIRED = new Waiter(() -> {});

    /** How many of those who still wait someone who gives up passes to find others who gave up. */
    private static final int MOST_PASSED = 8;

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
    static final class Waiter {
        /** Null from when the waiter has given up. */
        private volatile @Nullable Runnable wake;

        /** Who came before. Those who gave up are skipped some time, by anyone. */
        private @Nullable Waiter older;

        private Waiter(Runnable wake) {
            this.wake = wake;
        }
    }

    boolean hasFired() {
        return waiters == FIRED;
    }

    /** Wakes everyone, in the order in which they came. Those who come later do not wait. */
    void fire() {
        Waiter newest = (Waiter) WAITERS.getAndSet(this, FIRED);
        if (newest == null || newest == FIRED) return;
        if (newest.older == null) { // as with most
            wake(newest);
            return;
        }
        List<Waiter> newestFirst = new ArrayList<>();
        for (Waiter w = newest; w != null; w = w.older) newestFirst.add(w);
        newestFirst.reversed().forEach(Event::wake);
    }

    private static void wake(Waiter waiter) {
        Runnable wake = waiter.wake;
        if (wake != null) wake.run();
    }

    /**
     * Parks until the event has happened.
     *
     * @throws InterruptedException if the thread was interrupted first; the status is cleared
     */
    void await() throws InterruptedException {
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
    void awaitUninterruptibly() {
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
    Waiter whenFired(Runnable callback) {
        var waiter = new Waiter(callback);
        for (Waiter head; (head = waiters) != FIRED; ) {
            waiter.older = head;
            if (WAITERS.compareAndSet(this, head, waiter)) return waiter;
        }
        callback.run();
        return waiter;
    }

    /**
     * Forgets a waiter that gives up, so that a long-lived event does not gather them. It also
     * takes out those who gave up before it, as far as it passes few who still wait: many who give
     * up together cost each other nothing, and those who repeatedly do so leave nothing behind.
     */
    void forget(Waiter waiter) {
        waiter.wake = null;
        Waiter head = waiters;
        while (head != null && head != FIRED && head.wake == null) {
            WAITERS.compareAndSet(this, head, head.older);
            head = waiters;
        }
        if (head == FIRED) return;
        // several may do so at the same time: whatever they write, only who gave up is skipped
        int passed = 0;
        for (Waiter w = head; w != null && passed < MOST_PASSED; w = w.older, passed++) {
            Waiter older = w.older;
            while (older != null && older.wake == null) older = older.older;
            w.older = older;
        }
    }
}
