package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    private static final Waiter FIRED = new Waiter(() -> {}, null);

    static {
        try {
            WAITERS = MethodHandles.lookup().findVarHandle(Event.class, "waiters", Waiter.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** One state word; written by whoever waits, gives up waiting, or fires. */
    private volatile @Nullable Waiter waiters;

    private record Waiter(Runnable wake, @Nullable Waiter next) {}

    boolean hasFired() {
        return waiters == FIRED;
    }

    /** Wakes everyone, in the order in which they came. Those who come later do not wait. */
    void fire() {
        Waiter newest = (Waiter) WAITERS.getAndSet(this, FIRED);
        if (newest == FIRED) return;
        Waiter oldestFirst = null;
        for (Waiter w = newest; w != null; w = w.next) {
            oldestFirst = new Waiter(w.wake, oldestFirst);
        }
        for (Waiter w = oldestFirst; w != null; w = w.next) w.wake.run();
    }

    /**
     * Parks until the event has happened.
     *
     * @throws InterruptedException if the thread was interrupted first; the status is cleared
     */
    void await() throws InterruptedException {
        Thread self = Thread.currentThread();
        Runnable wake = () -> LockSupport.unpark(self);
        whenFired(wake);
        while (!hasFired()) {
            LockSupport.park(this);
            if (!hasFired() && Thread.interrupted()) {
                remove(wake);
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
    void whenFired(Runnable callback) {
        for (Waiter head; (head = waiters) != FIRED; ) {
            if (WAITERS.compareAndSet(this, head, new Waiter(callback, head))) return;
        }
        callback.run();
    }

    /** Forgets a waiter that gave up, so that a long-lived event does not gather them. */
    void remove(Runnable wake) {
        for (Waiter head; (head = waiters) != FIRED; ) {
            Waiter rest = null;
            for (Waiter w = head; w != null; w = w.next) {
                if (w.wake != wake) rest = new Waiter(w.wake, rest);
            }
            Waiter newestFirst = null;
            for (Waiter w = rest; w != null; w = w.next)
                newestFirst = new Waiter(w.wake, newestFirst);
            if (WAITERS.compareAndSet(this, head, newestFirst)) return;
        }
    }
}
