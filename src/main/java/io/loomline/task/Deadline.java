package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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
    /** A century is "never": readings stay far enough apart to be compared by difference. */
    private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(36_500);

    private final Clock clock;
    private final Set<DeadlineScope> entered = ConcurrentHashMap.newKeySet(1);

    /** A reading of the clock; written by whoever moves the deadline. */
    private volatile long atNanos;

    private Deadline(Clock clock, Duration timeout) {
        this.clock = clock;
        this.atNanos = clock.nanoTime() + bounded(timeout);
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
        Strand strand = Strand.current();
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

    private static long bounded(Duration timeout) {
        long nanos = TimeUnit.NANOSECONDS.convert(timeout); // saturates
        return Math.clamp(nanos, -LONGEST_NANOS, LONGEST_NANOS);
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
        Strand strand = Strand.currentOrNew();
        var scope = new DeadlineScope(strand);
        entered.add(scope);
        try {
            scope.arm();
            return strand.run(scope, body);
        } catch (Throwable e) {
            if (!scope.isMarked() || !Cancellation.causes(e)) throw e;
            scope.throwIfCancelledOutside(e);
            var timeout = new TimeoutException("the deadline ran out");
            timeout.initCause(e);
            throw timeout;
        } finally {
            scope.disarm();
            entered.remove(scope);
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
        atNanos = clock.nanoTime() + bounded(fromNow);
        for (DeadlineScope scope : entered) scope.arm();
    }

    /**
     * Whether the time has come.
     *
     * @return true if so
     */
    public boolean isExpired() {
        return remainingNanos() <= 0;
    }

    /**
     * How long there is until the deadline.
     *
     * @return the time that is left; zero if it has run out
     */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, remainingNanos()));
    }

    /** Negative when the time has come. */
    long remainingNanos() {
        return atNanos - clock.nanoTime();
    }

    /** One call inside: cancelled when the time has come. */
    private final class DeadlineScope extends TimedScope {
        DeadlineScope(Strand strand) {
            super(strand, clock, Deadline.this::remainingNanos);
        }

        @Override
        void onTime() {
            mark("the deadline ran out");
        }

        @Override
        boolean isOver() {
            return isMarked();
        }

        @Override
        String label() {
            return "deadline";
        }
    }
}
