package io.loomline.net.write;

import io.loomline.net.wire.Interrupts;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock of a connection's output. A writer holds it for a whole write, so that the bytes of one
 * write stay together. Once the output was corked, a writer takes the {@link WriteTurn} before it.
 * Threads that only send what was written, or close the output, take the lock without the turn.
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

    private final ReentrantLock lock = new ReentrantLock();

    /** Null until the output is corked for the first time. Written once, under the lock. */
    private volatile @Nullable WriteTurn turn;

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

    /**
     * The thread that must not wait for the output; null if each may. Only that thread sets and
     * clears it, and others compare it with themselves, so they may see any value.
     */
    private @Nullable Thread onlyReader;

    /** The number of threads that wait for the lock to write. */
    private volatile int callers;

    /**
     * Takes the turn and the lock for a write.
     *
     * <p><i>Cancellation:</i> a cancel takes precedence over every other failure of the write.
     */
    void lock() throws InterruptedException {
        Task.checkCancelled();
        requireMayWait();
        try {
            while (true) {
                if (tryLockAfterOthers(turn)) return;
            }
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    /** Returns false if the output was corked for the first time meanwhile. */
    private boolean tryLockAfterOthers(@Nullable WriteTurn present) throws InterruptedException {
        if (present != null) present.take();
        try {
            if (!lock.tryLock()) lockAfterOthers();
        } catch (InterruptedException e) {
            if (present != null) present.release();
            throw e;
        }
        if (turn == present) return true;
        lock.unlock();
        return false;
    }

    private void requireMayWait() {
        if (onlyReader == null || onlyReader != Thread.currentThread()) return;
        throw new IllegalStateException(
                "the thread that reads for others must not wait for the output: use an outbox");
    }

    /** Sets whether the calling thread only reads: then its writes throw. */
    void onlyReads(boolean onlyReads) {
        onlyReader = onlyReads ? Thread.currentThread() : null;
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

    /** Takes the turn and the lock for a write, without waiting. */
    boolean tryLock() {
        WriteTurn present = turn;
        if (present != null && !present.tryTake()) return false;
        boolean isLocked = lock.tryLock();
        if (isLocked && turn == present) return true;
        if (isLocked) lock.unlock();
        if (present != null) present.release();
        return false;
    }

    /** Ends a write. */
    void unlock() {
        WriteTurn present = turn;
        lock.unlock();
        if (present != null) present.release();
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
     * Takes the lock. A thread that waits for the channel or for its turn is woken, sees that the
     * connection is closed, and goes on.
     */
    void lockForClosing() {
        boolean interrupted = false;
        while (!lock.tryLock()) {
            try {
                if (tryLockFromWaiter()) break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
        WriteTurn present = turn;
        if (present != null) present.end();
    }

    /** Releases the lock of a thread that did not take the turn. */
    void unlockWithoutTurn() {
        lock.unlock();
    }

    /** Begins a cork of the caller, who is in a write. */
    void cork() {
        assert isHeldByCaller();
        WriteTurn present = turn;
        if (present == null) turn = present = new WriteTurn();
        present.cork();
    }

    /** Ends a cork of the caller. */
    void uncork(Runnable beforeOthersWrite) {
        Objects.requireNonNull(turn).uncork(beforeOthersWrite);
    }

    /** Whether the calling thread has corked the output. */
    boolean isCorkedByCaller() {
        WriteTurn present = turn;
        return present != null && present.isCorkedByCaller();
    }

    /** Sets the thread that waits for the channel. */
    void waiter(@Nullable Thread thread) {
        assert thread == null || waiter == null : "one thread waits";
        waiter = thread;
    }

    @Nullable Thread waiter() {
        return waiter;
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
