package io.loomline.net.write;

import io.loomline.concurrent.Event;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The right to write to an output that is corked at times. A thread has it for a write, and between
 * its writes while it corks the output. Threads get it in the order in which they ask for it, so
 * that one that corks the output again and again does not keep the others out.
 *
 * <p>A thread waits for its turn without any other lock. A cancel and a close end the wait.
 */
final class WriteTurn {
    /** Held briefly. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock; empty while the turn has no owner. */
    private final Deque<TurnWait> waiting = new ArrayDeque<>(2);

    /** Written under the lock; a thread sees whether it is the owner. */
    private volatile @Nullable Thread owner;

    // only the owner uses these
    /** How often the owner has to release the turn. */
    private int holds;

    private int corks;

    /** Whether the connection is closed, so that nobody needs a turn. Guarded by the lock. */
    private boolean ended;

    /** A thread that waits for its turn; happens when that is decided. */
    private static final class TurnWait extends Event {
        final Thread thread = Thread.currentThread();
    }

    /** Created by a thread that is in a write, which has the turn for that. */
    WriteTurn() {
        owner = Thread.currentThread();
        holds = 1;
    }

    /** Waits for the turn, or for the end of the connection. */
    void take() throws InterruptedException {
        TurnWait mine = request();
        if (mine == null) return;
        try {
            mine.await();
        } catch (InterruptedException e) {
            giveUp(mine);
            throw e;
        }
    }

    /** Returns null if the caller need not wait. */
    private @Nullable TurnWait request() {
        if (tryTake()) return null;
        lock.lock();
        try {
            if (tryTakeFree()) return null;
            var mine = new TurnWait();
            waiting.add(mine);
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private void giveUp(TurnWait mine) {
        boolean stillWaits;
        lock.lock();
        try {
            stillWaits = waiting.remove(mine);
        } finally {
            lock.unlock();
        }
        if (!stillWaits) release(); // it was this thread's turn already
    }

    /** Takes the turn without waiting. */
    boolean tryTake() {
        if (isOwnedByCaller()) {
            holds++;
            return true;
        }
        lock.lock();
        try {
            return tryTakeFree();
        } finally {
            lock.unlock();
        }
    }

    private boolean tryTakeFree() {
        if (ended) return true;
        if (owner != null) return false;
        give(Thread.currentThread());
        return true;
    }

    private void give(Thread thread) {
        holds = 1;
        owner = thread;
    }

    /** Ends a write, or a cork. Without effect for a thread that the end of the connection woke. */
    void release() {
        if (!isOwnedByCaller() || --holds > 0) return;
        lock.lock();
        try {
            TurnWait next = waiting.poll();
            if (next == null) {
                owner = null;
                return;
            }
            give(next.thread);
            next.fire();
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all waiting threads, which find the connection closed. */
    void end() {
        lock.lock();
        try {
            ended = true;
            for (TurnWait each; (each = waiting.poll()) != null; ) each.fire();
        } finally {
            lock.unlock();
        }
    }

    /** Called by the owner. */
    void cork() {
        assert isOwnedByCaller();
        holds++;
        corks++;
    }

    /**
     * Called by the owner.
     *
     * @param beforeOthersWrite runs at the end of the outermost cork
     */
    void uncork(Runnable beforeOthersWrite) {
        assert isOwnedByCaller() && corks > 0;
        try {
            if (--corks == 0) beforeOthersWrite.run();
        } finally {
            release();
        }
    }

    boolean isCorkedByCaller() {
        return isOwnedByCaller() && corks > 0;
    }

    private boolean isOwnedByCaller() {
        return owner == Thread.currentThread();
    }
}
