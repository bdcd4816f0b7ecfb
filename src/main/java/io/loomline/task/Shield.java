package io.loomline.task;

import io.loomline.timer.Expiry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;

/**
 * Cleanup that may block although its task is cancelled: a goodbye to the peer, a flush. Inside, a
 * cancel or deadline from outside is not seen until the bound is over; then it is seen again. It is
 * no timeout: code that nobody has cancelled may take longer than the bound.
 *
 * <p><i>Threads:</i> may be used on any thread, also outside tasks.
 */
public final class Shield {
    private Shield() {}

    /**
     * Runs a body, on the calling thread, that outer cancels do not cut for a while.
     *
     * @param <T> the type of the result
     * @param <X> what the body throws
     * @param bound for how long, by the clock of the calling task's runtime
     * @param body what to run
     * @return what the body returned
     * @throws X if the body threw it
     * @throws InterruptedException if the body was cut when the bound was over
     * @throws IllegalArgumentException if the bound is zero or negative
     */
    public static <T extends @Nullable Object, X extends Exception> T call(
            Duration bound, Body<T, X> body) throws X, InterruptedException {
        if (!bound.isPositive()) {
            throw new IllegalArgumentException("bound " + bound + ": expected more than 0");
        }
        Objects.requireNonNull(body, "body");
        ScopeStack strand = ScopeStack.currentOrNew();
        boolean hidden = strand.setInterruptAside();
        var scope = new ShieldScope(strand, TimedScope.expiryOf(strand.clock(), bound));
        try {
            return scope.run(body);
        } finally {
            scope.leave();
            if (hidden) Thread.currentThread().interrupt();
        }
    }

    /**
     * Runs an action, on the calling thread, that outer cancels do not cut for a while.
     *
     * @param <X> what the action throws
     * @param bound for how long, by the clock of the calling task's runtime
     * @param action what to run
     * @throws X if the action threw it
     * @throws InterruptedException if the action was cut when the bound was over
     * @throws IllegalArgumentException if the bound is zero or negative
     */
    public static <X extends Exception> void run(Duration bound, Action<X> action)
            throws X, InterruptedException {
        call(bound, Deadline.asBody(action));
    }

    /** Hides what is outside while its time lasts and its code has not left. */
    private static final class ShieldScope extends TimedScope {
        private volatile boolean over;

        ShieldScope(ScopeStack strand, Expiry bound) {
            super(strand, bound);
        }

        @Override
        void onTime() {
            over = true;
            changed();
            if (cancellation() != null) wake();
        }

        /** From now on, groups that were opened inside and left open see what is outside. */
        @Override
        void leave() {
            super.leave();
            onTime();
        }

        @Override
        boolean isShield() {
            return !over;
        }

        @Override
        String label() {
            return "shield";
        }
    }
}
