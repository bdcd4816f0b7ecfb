package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** A stretch of a strand's code for which something changes when its time has come. */
abstract class TimedScope extends Scope {
    private final Strand strand;
    private final Clock clock;
    private final LongSupplier remainingNanos;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private Clock.@Nullable Timer timer;

    /** Whether the code has left. Written under the lock. */
    private volatile boolean disarmed;

    TimedScope(Strand strand, Clock clock, LongSupplier remainingNanos) {
        super(strand.innermost());
        this.strand = strand;
        this.clock = clock;
        this.remainingNanos = remainingNanos;
    }

    /** The time has come; called once or more. */
    abstract void onTime();

    /** Whether {@link #onTime} has had its effect. */
    abstract boolean isOver();

    /** Sets the timer to when the time comes; if it has come, that is now. */
    void arm() {
        lock.lock();
        try {
            if (timer != null) timer.cancel();
            timer = null;
            if (disarmed || isOver()) return;
            long nanos = remainingNanos.getAsLong();
            if (nanos > 0) {
                timer = clock.schedule(Duration.ofNanos(nanos), this::arm);
                return;
            }
        } finally {
            lock.unlock();
        }
        onTime();
    }

    void disarm() {
        lock.lock();
        try {
            disarmed = true;
            if (timer != null) timer.cancel();
            timer = null;
        } finally {
            lock.unlock();
        }
        if (isMarked()) reminders().forget(this);
    }

    /**
     * Lets a cancel, or an expiry, of what is around this scope go before its own.
     *
     * @param cut what left the scope; the failures that it tells of are handed on
     */
    void throwIfCancelledOutside(Throwable cut) throws InterruptedException {
        for (Scope node = parent(); node != null; node = node.parent()) {
            if (node instanceof TimedScope outer && outer.remainingNanos.getAsLong() <= 0) {
                outer.arm();
            }
        }
        Strand present = Strand.current();
        if (present == null) return;
        try {
            present.check();
        } catch (InterruptedException e) {
            for (Throwable failure : cut.getSuppressed()) e.addSuppressed(failure);
            throw e;
        }
    }

    @Override
    final Reminders reminders() {
        return strand.reminders();
    }

    @Override
    final boolean isQuiet() {
        return disarmed;
    }

    @Override
    final void collectCancelled(Collection<Reminders.Deaf> into) {
        strand.collectCancelled(into);
    }

    @Override
    Scope home() {
        return strand;
    }

    @Override
    void wake() {
        strand.wake();
    }
}
