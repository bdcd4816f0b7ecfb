package io.loomline.net.write;

import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.Interrupts;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock of a connection's output. A writer holds it for a whole write, so that the bytes of one
 * write stay together. A writer that corks the output excludes other writers between its writes as
 * well. It does not hold the lock then, so that unsent bytes can be sent and the output be closed.
 */
final class WriteLock {
    private static final VarHandle CALLERS;

    static {
        try {
            CALLERS = MethodHandles.lookup().findVarHandle(WriteLock.class, "callers", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GuardedChannel channel;
    private final ReentrantLock lock = new ReentrantLock();

    /** Signalled at the end of a cork. Created by the first waiting writer. Guarded by the lock. */
    private @Nullable Condition uncorked;

    /** The thread that has corked the output; null if none has. Written under the lock. */
    private volatile @Nullable Thread corker;

    /** How many corks of that thread are open. Guarded by the lock. */
    private int corks;

    /**
     * The thread that waits for the channel. Written under the lock, read by callers and closing
     * threads.
     */
    private volatile @Nullable Thread waiter;

    /**
     * Whether the waiter is a background thread, which releases the lock to a caller. Written under
     * the lock, read by callers.
     */
    private volatile boolean waiterYields;

    /** The number of threads that wait for the lock to write. */
    private volatile int callers;

    WriteLock(GuardedChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock for a write, once no other thread has corked the output.
     *
     * <p><i>Cancellation:</i> a cancel takes precedence over every other failure of the write.
     */
    void lock() throws InterruptedException {
        Task.checkCancelled();
        try {
            if (!lock.tryLock()) lockAfterOthers();
            if (corker != null) awaitTurn();
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    /**
     * A caller counts itself before it checks whether the waiter yields, and the waiter sets that
     * before it checks for callers: at least one of them sees the other.
     */
    private void lockAfterOthers() throws InterruptedException {
        CALLERS.getAndAdd(this, 1);
        try {
            while (waiterYields) {
                if (tryLockFromWaiter()) return;
            }
            lock.lockInterruptibly();
        } finally {
            CALLERS.getAndAdd(this, -1);
        }
    }

    /**
     * Wakes the waiter and waits briefly for the lock. Callers repeat this, because a lock inside
     * the driver may consume the unpark.
     */
    private boolean tryLockFromWaiter() throws InterruptedException {
        LockSupport.unpark(waiter);
        return lock.tryLock(1, TimeUnit.MILLISECONDS);
    }

    /** Waits, without the lock, while another thread has corked an open output. */
    private void awaitTurn() throws InterruptedException {
        try {
            while (!hasTurn() && !channel.isClosing()) condition().await();
        } catch (InterruptedException e) {
            lock.unlock();
            throw e;
        }
    }

    /** Requires the lock. */
    private Condition condition() {
        Condition present = uncorked;
        return present != null ? present : (uncorked = lock.newCondition());
    }

    private boolean hasTurn() {
        Thread present = corker;
        return present == null || present == Thread.currentThread();
    }

    /** Takes the lock for a write, without waiting. */
    boolean tryLock() {
        return hasTurn() && tryLockToSend() && hasTurnOrUnlocks();
    }

    private boolean hasTurnOrUnlocks() {
        if (hasTurn()) return true;
        lock.unlock();
        return false;
    }

    /** Takes the lock to send what was written, even if the output is corked. */
    boolean tryLockToSend() {
        return lock.tryLock();
    }

    /** Takes the lock to send what was written, even if the output is corked. */
    void lockToSend() {
        lock.lock();
    }

    /**
     * Takes the lock. A thread that waits for the channel is woken, sees that the connection is
     * closed, and releases it.
     */
    void lockForClosing() {
        lockFromWaiter();
        wakeWaiting(); // they see that the connection is closed
    }

    private void lockFromWaiter() {
        boolean interrupted = false;
        while (!lock.tryLock()) {
            try {
                if (tryLockFromWaiter()) break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    void unlock() {
        lock.unlock();
    }

    /** Gives the turn to the caller, who holds the lock, until it has ended each of its corks. */
    void cork() {
        assert isHeldByCaller() && hasTurn() : "one thread has the turn";
        corker = Thread.currentThread();
        corks++;
    }

    /**
     * Takes the lock and ends a cork of the caller.
     *
     * @return whether it was the caller's last one
     */
    boolean lockAndUncork() {
        CALLERS.getAndAdd(this, 1);
        try {
            lockFromWaiter();
        } finally {
            CALLERS.getAndAdd(this, -1);
        }
        if (--corks > 0) return false;
        corker = null;
        wakeWaiting();
        return true;
    }

    /** Wakes the writers that wait for a cork. Requires the lock. */
    private void wakeWaiting() {
        Condition present = uncorked;
        if (present != null) present.signalAll();
    }

    /** Whether the calling thread has corked the output. */
    boolean isCorkedByCaller() {
        return corker == Thread.currentThread();
    }

    /** Sets the thread that waits for the channel. */
    void waiter(@Nullable Thread thread) {
        assert thread == null || waiter == null : "one thread waits";
        waiter = thread;
    }

    /** Sets whether the waiter is a background thread, which releases the lock to a caller. */
    void waiterYields(boolean yields) {
        waiterYields = yields;
    }

    boolean hasCallers() {
        return callers > 0;
    }

    boolean isHeldByCaller() {
        return lock.isHeldByCurrentThread();
    }
}
