package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.RunningThread;
import io.loomline.timer.Expiry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.Consumer;

/** A stretch of a strand's code for which something changes when its time has come. */
abstract class TimedScope extends Scope {
    private final ScopeStack strand;
    private final Expiry expiry;

    /** Written by the strand's thread. */
    private volatile boolean left;

    TimedScope(ScopeStack strand, Expiry expiry) {
        super(strand.innermost());
        this.strand = strand;
        this.expiry = expiry;
    }

    static Expiry expiryOf(Clock clock, Duration fromNow) {
        return new Expiry(
                clock::nanoTime,
                (atNanos, action) -> clock.scheduleAt(atNanos, action)::cancel,
                clock.nanoTimeAfter(fromNow));
    }

    /** The time has come; called once or more, maybe once too late. */
    abstract void onTime();

    /** The code has left. */
    void leave() {
        left = true;
        if (isMarked()) forgetCancel();
    }

    /** Runs the body inside, on the calling thread, which is the strand's. */
    final <T extends @Nullable Object, X extends Exception> T run(Body<T, X> body)
            throws X, InterruptedException {
        Expiry.Entry entry = expiry.enter(this::onTime);
        try {
            return strand.run(this, body);
        } finally {
            expiry.leave(entry);
        }
    }

    /**
     * Lets a cancel, or an expiry, of what is around this scope go before its own.
     *
     * @param cut what left the scope; the failures that it tells of are handed on
     */
    final void throwIfCancelledOutside(Throwable cut) throws InterruptedException {
        for (Scope node = parent(); node != null; node = node.parent()) {
            if (node instanceof TimedScope outer && outer.expiry.isExpired()) outer.onTime();
        }
        ScopeStack present = ScopeStack.current();
        if (present == null) return;
        try {
            present.check();
        } catch (InterruptedException e) {
            for (Throwable failure : cut.getSuppressed()) e.addSuppressed(failure);
            throw e;
        }
    }

    @Override
    final CancelWatchdog watchdog() {
        return strand.watchdog();
    }

    @Override
    final boolean isQuiet() {
        return left;
    }

    @Override
    final void visit(Consumer<? super RunningThread> visitor) {
        strand.visit(visitor);
    }

    @Override
    final Scope home() {
        return strand;
    }

    @Override
    final void wake() {
        strand.wake();
    }
}
