package io.loomline.task;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts those who are inside, and lets others wait until nobody is. Unlike a {@code
 * CountDownLatch} it can be filled again, and unlike a {@code Phaser} it has no limit of 65,535.
 */
final class Gate {
    private final AtomicInteger inside = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();

    void enter() {
        inside.incrementAndGet();
    }

    void leave() {
        if (inside.decrementAndGet() > 0) return;
        lock.lock(); // so that nobody is between looking and waiting
        try {
            empty.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        return inside.get() == 0;
    }

    void awaitEmpty() throws InterruptedException {
        if (isEmpty()) return;
        lock.lockInterruptibly();
        try {
            while (!isEmpty()) empty.await();
        } finally {
            lock.unlock();
        }
    }

    /** Waits whatever happens; an interrupt meanwhile is kept in the thread's status. */
    void awaitEmptyUninterruptibly() {
        if (isEmpty()) return;
        lock.lock();
        try {
            while (!isEmpty()) empty.awaitUninterruptibly();
        } finally {
            lock.unlock();
        }
    }
}
