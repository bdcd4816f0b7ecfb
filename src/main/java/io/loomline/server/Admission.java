package io.loomline.server;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How many connections a server serves, and whether it lets another one in. */
final class Admission {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /**
     * Whether clients come in.
     *
     * <pre>
     *   open ◀──suspend, resume──▶ suspended
     *     └───────────drain────────────┴──▶ draining: those who are taken in wait here, if at all
     * </pre>
     */
    private enum Gate {
        OPEN,
        SUSPENDED,
        DRAINING
    }

    // guarded by the lock
    private int limit;
    private int count;
    private long left;
    private Gate gate = Gate.OPEN;

    Admission(int limit) {
        this.limit = limit;
    }

    /** Waits until another one may come in, or everyone who waits outside is to be taken in. */
    void awaitRoom() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (gate != Gate.DRAINING && !hasRoom()) changed.await();
        } finally {
            lock.unlock();
        }
    }

    /** Waits as {@link #awaitRoom} does; counts another one if there is room for it. */
    boolean enter() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            awaitRoom();
            if (!hasRoom()) return false;
            count++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is room for another one, and counts it. */
    void enterLate() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!hasRoom()) changed.await();
            count++;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom() {
        return gate != Gate.SUSPENDED && count < limit;
    }

    void leave() {
        lock.lock();
        try {
            count--;
            left++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void limit(int connections) {
        change(() -> limit = connections);
    }

    void suspend(boolean suspend) {
        change(() -> {
            if (gate != Gate.DRAINING) gate = suspend ? Gate.SUSPENDED : Gate.OPEN;
        });
    }

    /** From now on nobody is kept waiting outside. */
    void drain() {
        change(() -> gate = Gate.DRAINING);
    }

    private void change(Runnable how) {
        lock.lock();
        try {
            how.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isSuspended() {
        lock.lock();
        try {
            return gate == Gate.SUSPENDED;
        } finally {
            lock.unlock();
        }
    }

    /** How many are in. */
    int count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** How many have come in since the beginning. */
    long entered() {
        lock.lock();
        try {
            return left + count;
        } finally {
            lock.unlock();
        }
    }

    /** How many have left since the beginning. */
    long left() {
        lock.lock();
        try {
            return left;
        } finally {
            lock.unlock();
        }
    }
}
