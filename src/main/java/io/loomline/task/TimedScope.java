package io.loomline.task;

import io.loomline.task.supervision.TimedSection;
import io.loomline.timer.Expiry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** A section of code for which something changes at a given time. */
abstract class TimedScope extends CodeScope {
    private final Expiry expiry;

    /** Written by the stack's thread. */
    private volatile boolean left;

    TimedScope(ScopeStack stack, Expiry expiry) {
        super(stack);
        this.expiry = expiry;
    }

    static Expiry expiryOf(Clock clock, Duration fromNow) {
        return new Expiry(ClockSource.of(clock), clock.nanoTimeAfter(fromNow));
    }

    /** What it is: a deadline or a shield. */
    abstract TimedSection.Kind kind();

    /** The time left; negative or zero once the time has come. */
    final long remainingNanos() {
        return expiry.remainingNanos();
    }

    /** Called when the time comes: at least once, and possibly once after {@link #leave}. */
    abstract void onTime();

    /** To be called when the code has left. */
    void leave() {
        left = true;
        if (isMarked()) stopWatchdog();
    }

    /** Runs the body inside, on the calling thread, which is the stack's. */
    final <T extends @Nullable Object, X extends Exception> T run(Body<T, X> body)
            throws X, InterruptedException {
        Expiry.Entry entry = expiry.enter(this::onTime);
        try {
            return stack.run(this, body);
        } finally {
            expiry.leave(entry);
        }
    }

    /**
     * Throws if an outer scope is cancelled or expired, because that takes precedence.
     *
     * @param thrown left this scope; the failures suppressed on it are passed on
     */
    final void throwIfCancelledOutside(Throwable thrown) throws InterruptedException {
        for (Scope node = parent; node != null; node = node.parent) {
            if (node instanceof TimedScope outer && outer.expiry.isExpired()) outer.onTime();
        }
        ScopeStack present = ScopeStack.current();
        if (present == null) return;
        try {
            present.check();
        } catch (InterruptedException e) {
            for (Throwable failure : thrown.getSuppressed()) e.addSuppressed(failure);
            throw e;
        }
    }

    @Override
    final boolean hasEnded() {
        return left;
    }
}
