package io.loomline.server.admission;

import io.loomline.task.Clock;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The permits of a server's connections: how many may be served at a time, and whether any may. */
public final class Permits {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /**
     * Whether connections are admitted.
     *
     * <pre>
     *   open ◀──suspend, resume──▶ suspended
     *     └───────────drain────────────┴──▶ draining: the loops accept without a permit, and hold
     *                                       what they accept until there is one
     * </pre>
     */
    private enum Mode {
        OPEN,
        SUSPENDED,
        DRAINING
    }

    // guarded by the lock
    private int limit;
    private int active;
    private long released;
    private Mode mode = Mode.OPEN;

    public Permits(int limit) {
        this.limit = limit;
    }

    /** Waits until a permit is available or the server drains. <i>Blocks.</i> */
    public void awaitPermit() throws InterruptedException {
        awaitPermit(() -> true);
    }

    /**
     * Waits until a permit is available or the server drains. <i>Blocks.</i>
     *
     * @param needed whether a permit is needed; asked again after each {@link #recheck}
     */
    public void awaitPermit(BooleanSupplier needed) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (mode != Mode.DRAINING && !isAvailable()) {
                if (mode == Mode.OPEN && !needed.getAsBoolean()) return;
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits as {@link #awaitPermit} does, and takes a permit if one is available. <i>Blocks.</i>
     *
     * @return whether a permit was taken
     */
    public boolean acquireOrDrain() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            awaitPermit();
            if (!isAvailable()) return false;
            active++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits while the server is suspended. <i>Blocks.</i> */
    public void awaitResumed() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (mode == Mode.SUSPENDED) changed.await();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a permit if one is available, after a wait while the server is suspended.
     * <i>Blocks.</i>
     *
     * @return false if there are as many connections as there may be
     */
    public boolean acquireUnlessFull() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            awaitResumed();
            if (active >= limit) return false;
            active++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits as {@link #awaitPermit} does, at most for a time. <i>Blocks.</i> */
    public void awaitPermit(Clock clock, Duration most) throws InterruptedException {
        var expired = new AtomicBoolean();
        Clock.Timer timer = clock.schedule(most, () -> change(() -> expired.set(true)));
        try {
            awaitPermit(() -> !expired.get());
        } finally {
            timer.cancel();
        }
    }

    /** Waits until a permit is available, and takes it. <i>Blocks.</i> */
    public void acquire() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!isAvailable()) changed.await();
            active++;
        } finally {
            lock.unlock();
        }
    }

    private boolean isAvailable() {
        return mode != Mode.SUSPENDED && active < limit;
    }

    /** Whether connections over the limit would have to wait. */
    public boolean isFull() {
        lock.lock();
        try {
            return mode == Mode.OPEN && active >= limit;
        } finally {
            lock.unlock();
        }
    }

    public void release() {
        lock.lock();
        try {
            active--;
            released++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public int limit() {
        lock.lock();
        try {
            return limit;
        } finally {
            lock.unlock();
        }
    }

    public void limit(int connections) {
        change(() -> limit = connections);
    }

    public void suspend(boolean suspend) {
        change(() -> {
            if (mode != Mode.DRAINING) mode = suspend ? Mode.SUSPENDED : Mode.OPEN;
        });
    }

    public void drain() {
        change(() -> mode = Mode.DRAINING);
    }

    /** Lets those who wait ask again whether they need a permit. */
    public void recheck() {
        change(() -> {});
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public boolean isSuspended() {
        lock.lock();
        try {
            return mode == Mode.SUSPENDED;
        } finally {
            lock.unlock();
        }
    }

    public boolean isDraining() {
        lock.lock();
        try {
            return mode == Mode.DRAINING;
        } finally {
            lock.unlock();
        }
    }

    /** How many permits are in use. */
    public int active() {
        lock.lock();
        try {
            return active;
        } finally {
            lock.unlock();
        }
    }

    /** How many permits were taken since the start. */
    public long acquired() {
        lock.lock();
        try {
            return released + active;
        } finally {
            lock.unlock();
        }
    }

    /** How many permits were released since the start. */
    public long released() {
        lock.lock();
        try {
            return released;
        } finally {
            lock.unlock();
        }
    }
}
