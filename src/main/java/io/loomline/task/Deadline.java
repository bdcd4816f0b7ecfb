package io.loomline.task;

import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ForeignInterrupt;
import io.loomline.timer.Expiry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * A time by which code must be through. It runs from {@link #after}, so one deadline may serve
 * several calls, also nested ones and ones on several threads, as one budget.
 *
 * <p>When the time has come, code inside {@link #call} is cancelled: its blocking calls throw
 * {@link InterruptedException}, which leaves {@code call} as {@link TimeoutException}. Where
 * several nested deadlines have run out, the outermost throws; a cancel of the task itself passes
 * through as {@code InterruptedException}. A body that returns in spite of the expiry has its value
 * returned, and an exception of its own passes unchanged.
 *
 * <p><i>Threads:</i> every method may be called from any thread, also outside tasks.
 */
public final class Deadline {
    private final Clock clock;
    private final Expiry expiry;

    private Deadline(Clock clock, Duration fromNow) {
        this.clock = clock;
        this.expiry = TimedScope.expiryOf(clock, fromNow);
    }

    /**
     * A deadline that runs from now, by the clock of the calling task's runtime; outside a task, by
     * the machine's.
     *
     * @param timeout how long from now; zero or negative has run out at once, and one too long for
     *     the clock never does
     * @return the deadline
     */
    public static Deadline after(Duration timeout) {
        ScopeStack strand = ScopeStack.current();
        return after(timeout, strand == null ? SystemClock.INSTANCE : strand.clock());
    }

    /**
     * A deadline that runs from now, by a given clock.
     *
     * @param timeout how long from now; zero or negative has run out at once, and one too long for
     *     the clock never does
     * @param clock the time to go by
     * @return the deadline
     */
    public static Deadline after(Duration timeout, Clock clock) {
        Objects.requireNonNull(timeout, "timeout");
        return new Deadline(Objects.requireNonNull(clock, "clock"), timeout);
    }

    /**
     * Runs a body, on the calling thread, that must be through by this deadline.
     *
     * @param <T> the type of the result
     * @param <X> what the body throws
     * @param body what to run
     * @return what the body returned
     * @throws X if the body threw it
     * @throws InterruptedException if the task, or a scope around this call, was cancelled
     * @throws TimeoutException if the body was cut because this deadline ran out
     */
    public <T extends @Nullable Object, X extends Exception> T call(Body<T, X> body)
            throws X, InterruptedException, TimeoutException {
        Objects.requireNonNull(body, "body");
        var scope = new DeadlineScope(ScopeStack.currentOrNew(), expiry);
        try {
            return scope.run(body);
        } catch (Throwable e) {
            if (!scope.isMarked() || !Cancellation.causes(e)) throw e;
            if (e instanceof ForeignInterrupt) throw e;
            scope.throwIfCancelledOutside(e);
            var timeout = new TimeoutException("the deadline ran out");
            timeout.initCause(e);
            throw timeout;
        } finally {
            scope.leave();
        }
    }

    /**
     * Runs an action, on the calling thread, that must be through by this deadline.
     *
     * @param <X> what the action throws
     * @param action what to run
     * @throws X if the action threw it
     * @throws InterruptedException if the task, or a scope around this call, was cancelled
     * @throws TimeoutException if the action was cut because this deadline ran out
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
     * Moves the deadline, also for code that is inside it. Code that was cut already stays so.
     *
     * @param fromNow how long from now; zero or negative runs out at once
     */
    public void moveTo(Duration fromNow) {
        expiry.moveTo(clock.nanoTimeAfter(fromNow));
    }

    /**
     * Whether the time has come.
     *
     * @return true if so
     */
    public boolean isExpired() {
        return expiry.isExpired();
    }

    /**
     * How long there is until the deadline.
     *
     * @return the time that is left; zero if it has run out
     */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, expiry.remainingNanos()));
    }

    /** One call inside: cancelled when the time has come. */
    private static final class DeadlineScope extends TimedScope {
        DeadlineScope(ScopeStack strand, Expiry expiry) {
            super(strand, expiry);
        }

        @Override
        void onTime() {
            mark("the deadline ran out");
        }

        @Override
        String label() {
            return "deadline";
        }
    }
}
