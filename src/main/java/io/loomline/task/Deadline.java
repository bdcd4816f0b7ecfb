package io.loomline.task;

import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ForeignInterrupt;
import io.loomline.task.supervision.TimedSection;
import io.loomline.timer.Expiry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * A time by which code must have ended. It runs from {@link #after}, so one deadline can be the
 * common budget of several calls, also of nested calls and calls on several threads.
 *
 * <p>When the deadline expires, code inside {@link #call} is cancelled: its blocking calls throw
 * {@link InterruptedException}, and {@code call} throws {@link TimeoutException}. If several nested
 * deadlines have expired, the outermost throws. If the task itself is cancelled, {@code call}
 * throws {@code InterruptedException}. A body that returns a value after the expiry has it
 * returned, and an exception of its own passes unchanged.
 *
 * <p><i>Threads:</i> every method may be called from any thread, also outside tasks.
 */
public final class Deadline {
    private final Clock clock;
    private final Expiry expiry;
    private final Duration timeout;

    /** The argument of the last {@link #moveTo}, or null. Written by any thread. */
    private volatile @Nullable Duration moved;

    private Deadline(Clock clock, Duration timeout) {
        this.clock = clock;
        this.timeout = timeout;
        this.expiry = TimedScope.expiryOf(clock, timeout);
    }

    /**
     * {@return a deadline that runs from now, by the clock of the calling task's runtime; outside a
     * task, by the system clock}
     *
     * @param timeout the time from now; zero or negative expires at once, and a time too long for
     *     the clock never does
     */
    public static Deadline after(Duration timeout) {
        ScopeStack stack = ScopeStack.current();
        return after(timeout, stack == null ? SystemClock.INSTANCE : stack.clock());
    }

    /**
     * {@return a deadline that runs from now, by a given clock}
     *
     * @param timeout as in {@link #after(Duration)}
     * @param clock the clock
     */
    public static Deadline after(Duration timeout, Clock clock) {
        Objects.requireNonNull(timeout, "timeout");
        return new Deadline(Objects.requireNonNull(clock, "clock"), timeout);
    }

    /**
     * Runs a body on the calling thread and cancels it when this deadline expires.
     *
     * @param <T> the type of the result
     * @param <X> the exception type of the body
     * @param body the code to run
     * @return the body's result
     * @throws X if the body threw it
     * @throws InterruptedException if the task, or a scope around this call, was cancelled
     * @throws TimeoutException if this deadline expired and cancelled the body
     */
    public <T extends @Nullable Object, X extends Exception> T call(Body<T, X> body)
            throws X, InterruptedException, TimeoutException {
        Objects.requireNonNull(body, "body");
        var scope = new DeadlineScope(ScopeStack.currentOrNew(), this);
        try {
            return scope.run(body);
        } catch (Throwable e) {
            if (!scope.isMarked() || !Cancellation.causes(e)) throw e;
            if (e instanceof ForeignInterrupt) throw e;
            scope.throwIfCancelledOutside(e);
            throw scope.timeout(e);
        } finally {
            scope.leave();
        }
    }

    /**
     * Runs an action as {@link #call} runs a body.
     *
     * @param <X> the exception type of the action
     * @param action the code to run
     * @throws X if the action threw it
     * @throws InterruptedException if the task, or a scope around this call, was cancelled
     * @throws TimeoutException if this deadline expired and cancelled the action
     */
    public <X extends Exception> void run(Action<X> action)
            throws X, InterruptedException, TimeoutException {
        call(asBody(action));
    }

    /** The same code with an empty result. */
    static <X extends Exception> Body<@Nullable Void, X> asBody(Action<X> action) {
        Objects.requireNonNull(action, "action");
        return () -> {
            action.run();
            return null;
        };
    }

    /**
     * Moves the deadline, also for code that is inside it. Code that was cancelled by the deadline
     * stays cancelled.
     *
     * @param fromNow the time from now; zero or negative expires at once
     */
    public void moveTo(Duration fromNow) {
        long atNanos = clock.nanoTimeAfter(fromNow);
        moved = fromNow; // first: the move may cancel code, for a reason that names it
        expiry.moveTo(atNanos);
    }

    /** {@return whether the deadline has expired} */
    public boolean isExpired() {
        return expiry.isExpired();
    }

    /** {@return the time until the deadline; zero if it has expired} */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, expiry.remainingNanos()));
    }

    private String expiredText() {
        Duration last = moved;
        return last == null
                ? "the deadline of " + timeout + " expired"
                : "the deadline of " + last + " (moved, at first " + timeout + ") expired";
    }

    /** The code of one call: cancelled when the deadline expires. */
    private static final class DeadlineScope extends TimedScope {
        private final Deadline deadline;

        DeadlineScope(ScopeStack stack, Deadline deadline) {
            super(stack, deadline.expiry);
            this.deadline = deadline;
        }

        @Override
        TimedSection.Kind kind() {
            return TimedSection.Kind.DEADLINE;
        }

        @Override
        void onTime() {
            if (!isMarked()) mark(reason());
        }

        /** A deadline must cancel its code without memory for the text as well. */
        private String reason() {
            try {
                return deadline.expiredText();
            } catch (OutOfMemoryError e) {
                return "the deadline expired";
            }
        }

        /** Gives the reason of the cancel: the deadline may have been moved since. */
        private TimeoutException timeout(Throwable cause) {
            String reason = Objects.requireNonNull(cancellation()).reason();
            var timeout = new TimeoutException(reason + " in " + label());
            timeout.initCause(cause);
            return timeout;
        }

        @Override
        String label() {
            return stack.label();
        }
    }
}
