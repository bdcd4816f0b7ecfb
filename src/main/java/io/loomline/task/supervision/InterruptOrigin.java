package io.loomline.task.supervision;

import io.loomline.log.SafeLog;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The origin of a thread's interrupt status. The thread's owner keeps it, guarded by the lock of
 * the thread.
 *
 * <pre>
 *   NOT_OURS ──cancel──▶ OURS, or OURS_OVER_FOREIGN if the status was set already
 *       ▲                 │
 *       └──scope left─────┘ OURS clears the status, OURS_OVER_FOREIGN sets it again
 * </pre>
 */
public enum InterruptOrigin {
    NOT_OURS,
    OURS,
    OURS_OVER_FOREIGN;

    /**
     * Orders the sending of an interrupt against the leaving of a scope. Shared by all threads
     * whose ids are equal modulo the length, so that a task carries no lock. Held for the length of
     * an interrupt; no second one of them is taken meanwhile.
     */
    private static final ReentrantLock[] LOCKS =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);

    /** The lock that guards the origin of a thread's status. */
    public static ReentrantLock lockOf(Thread thread) {
        return LOCKS[(int) thread.threadId() & (LOCKS.length - 1)];
    }

    /** Interrupts the thread for a cancel; returns the new origin. Under its lock. */
    public InterruptOrigin interrupt(Thread thread) {
        InterruptOrigin next = this;
        if (thread.isInterrupted()) {
            if (this != NOT_OURS) return this; // the thread has not responded to the last one yet
            next = OURS_OVER_FOREIGN;
        } else if (this == NOT_OURS) {
            next = OURS;
        }
        try {
            thread.interrupt();
        } catch (Throwable e) { // thrown by a user's channel, which an interrupt closes
            LockSupport.unpark(thread); // the status is set, but the thread was not woken
            SafeLog.log("{} was interrupted in a channel that failed to close", thread, e);
        }
        return next;
    }

    /** Restores the status of the calling thread, whose cancelled scope is left. Under its lock. */
    public InterruptOrigin restore() {
        if (this == NOT_OURS) return NOT_OURS;
        var _ = Thread.interrupted();
        if (this == OURS_OVER_FOREIGN) Thread.currentThread().interrupt();
        return NOT_OURS;
    }
}
