package io.loomline.task;

import io.loomline.task.supervision.TimedSection;
import io.loomline.timer.Expiry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;

/**
 * Runs cleanup that must block although its task may be cancelled, such as a goodbye to the peer.
 * Inside, cancels and deadlines from outside are hidden until the bound has passed. A shield is no
 * timeout: code that is not cancelled may take longer than the bound.
 *
 * <p><i>Threads:</i> may be used on any thread, also outside tasks.
 */
public final class Shield {
    private Shield() {}

    /**
     * Runs a body on the calling thread and hides outer cancels from it for a limited time.
     *
     * @param <T> the type of the result
     * @param <X> the exception type of the body
     * @param bound the time for which cancels are hidden, by the clock of the calling task's
     *     runtime
     * @param body the code to run
     * @return the body's result
     * @throws X if the body threw it
     * @throws InterruptedException if the body was cancelled after the bound had passed
     * @throws IllegalArgumentException if the bound is zero or negative
     */
    public static <T extends @Nullable Object, X extends Exception> T call(
            Duration bound, Body<T, X> body) throws X, InterruptedException {
        if (!bound.isPositive()) {
            throw new IllegalArgumentException("bound " + bound + ": expected more than 0");
        }
        Objects.requireNonNull(body, "body");
        ScopeStack stack = ScopeStack.currentOrNew();
        boolean interrupted = stack.takeInterrupt();
        var scope = new ShieldScope(stack, TimedScope.expiryOf(stack.clock(), bound));
        try {
            return scope.run(body);
        } finally {
            scope.leave();
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /**
     * Runs an action as {@link #call} runs a body.
     *
     * @param <X> the exception type of the action
     * @param bound the time for which cancels are hidden
     * @param action the code to run
     * @throws X if the action threw it
     * @throws InterruptedException if the action was cancelled after the bound had passed
     */
    public static <X extends Exception> void run(Duration bound, Action<X> action)
            throws X, InterruptedException {
        call(bound, Deadline.asBody(action));
    }

    /** Hides outer cancels until its time comes or its code leaves. */
    private static final class ShieldScope extends TimedScope {
        private volatile boolean expired;

        ShieldScope(ScopeStack stack, Expiry bound) {
            super(stack, bound);
        }

        @Override
        TimedSection.Kind kind() {
            return TimedSection.Kind.SHIELD;
        }

        @Override
        void onTime() {
            expired = true;
            changed();
            if (cancellation() != null) wake();
        }

        /** From now on, outer cancels reach groups that were opened inside and left open. */
        @Override
        void leave() {
            super.leave();
            onTime();
        }

        @Override
        boolean isShield() {
            return !expired;
        }

        @Override
        String label() {
            return "shield";
        }
    }
}
