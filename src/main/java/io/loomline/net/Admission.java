package io.loomline.net;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How many connections a server serves, and whether it lets another one in. */
final class Admission {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by the lock
    private int limit;
    private int count;
    private boolean suspended;

    Admission(int limit) {
        this.limit = limit;
    }

    /** Waits until another one may come in. */
    void awaitRoom() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (suspended || count >= limit) changed.await();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until another one may come in, and counts it. */
    void enter() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            awaitRoom();
            count++;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        change(() -> count--);
    }

    void limit(int connections) {
        change(() -> limit = connections);
    }

    void suspend(boolean suspend) {
        change(() -> suspended = suspend);
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

    int count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }
}
