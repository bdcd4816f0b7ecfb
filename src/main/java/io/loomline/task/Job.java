package io.loomline.task;

import io.loomline.concurrent.Event;
import io.loomline.concurrent.OutlinedCall;
import io.loomline.log.ErrorText;
import io.loomline.log.SafeLog;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.Failures;
import io.loomline.task.supervision.UnobservedFailure;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A strand that runs one body to its end. It knows how it ended and who waits for that; it does not
 * know in which group it runs.
 */
abstract class Job<T extends @Nullable Object> extends ScopeStack {
    private static final End<?> UNRECORDED =
            new End.Failure<>(
                    UnobservedFailure.UNRECORDED.exception(), UnobservedFailure.UNRECORDED);

    private static final End<?> UNSTARTED = new End.Cancelled<>("its thread was not started");

    /** Others may give memory back meanwhile. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Event done = new Event();

    /** Set when created, and forgotten, with all that it captured, by the job's own thread. */
    private @Nullable Callable<? extends T> body;

    /** Null while running; written once, by the job's own thread, before {@link #done} fires. */
    private volatile @Nullable End<T> end;

    /** How a job ended. */
    sealed interface End<T extends @Nullable Object> {
        record Success<T extends @Nullable Object>(T value) implements End<T> {}

        record Failure<T extends @Nullable Object>(Throwable exception, UnobservedFailure unasked)
                implements End<T> {}

        record Cancelled<T extends @Nullable Object>(String reason) implements End<T> {}

        /** The end as a value; a failure counts as asked for. */
        default Outcome<T> outcome() {
            return switch (this) {
                case Success<T>(T value) -> new Outcome.Success<>(value);
                case Cancelled<T>(String reason) -> new Outcome.Cancelled<>(reason);
                case Failure<T>(Throwable exception, UnobservedFailure unasked) -> {
                    unasked.asked();
                    yield new Outcome.Failure<>(exception);
                }
            };
        }
    }

    Job(Scope parent, @Nullable String name, Callable<? extends T> body) {
        super(parent, name);
        this.body = body;
    }

    /** The names from the root down to this job. */
    abstract String path();

    /** The body has failed; must not throw, because others may be cut by it. */
    abstract UnobservedFailure failed(Throwable exception);

    /** The body was cut by a cancel, or never ran; nobody has been told yet. */
    abstract void cut();

    /** The body was cut by a cancel, and what it threw, which nobody gets, tells of failures. */
    abstract void lost(Throwable cut);

    /** The body has ended, and what was opened in it is closed; nobody has been told yet. */
    abstract void ending();

    /** Everyone who waited has been told. */
    abstract void ended();

    /**
     * Whatever goes wrong on the way, the job ends: each step is taken when the one before it has
     * failed as well, and none of those that others wait for needs memory.
     *
     * <pre>
     *   body ─▶ groups left open are closed ─▶ permit given back ─▶ end set ─▶ waiters told ─▶ left
     * </pre>
     */
    @Override
    final void runOnThread() {
        End<T> result = unrecorded();
        try {
            result = runBody();
        } finally {
            endWith(result);
        }
    }

    @Override
    final void endAnyway(Throwable e) {
        if (body == null) return; // it began, so it has come to its end
        body = null;
        End<T> result = unrecorded();
        try {
            result = failure(e);
        } finally {
            endWith(result);
        }
    }

    /** By whoever has created the job and could not start its thread. */
    final void endUnstarted() {
        body = null;
        finish(unstarted());
    }

    @Override
    final void endAbandoned(String reason) {
        if (end != null) { // in one of its callbacks
            ended();
            return;
        }
        End<T> result = unrecorded();
        try {
            result = new End.Cancelled<>(reason);
        } finally {
            endWith(result);
        }
    }

    private void endWith(End<T> result) {
        try {
            closeChildren();
        } finally {
            finish(result);
        }
    }

    private void finish(End<T> result) {
        try {
            ending();
        } finally {
            end = result;
            tellAndLeave();
        }
    }

    private void tellAndLeave() {
        try {
            if (isMarked()) leaveCancelledBody();
        } finally {
            done.fire(); // which never throws
            ended();
        }
    }

    /** What was asked of the body is not asked of the callbacks. */
    private void leaveCancelledBody() {
        forgetCancel();
        if (Thread.currentThread() == thread()) leaveBody();
    }

    /** All are cancelled before the first is waited for. */
    private void closeChildren() {
        if (children().isEmpty()) return; // as with most: no iterators then
        do {
            try {
                for (Child child : children()) {
                    if (child.cancellation() == null)
                        child.mark("the task that opened it has ended");
                }
                for (Child child : children()) close(child);
            } catch (OutOfMemoryError e) { // for an iterator; what runs must not outlive the task
                boolean interrupted = Thread.interrupted(); // with it set, nobody can park
                LockSupport.parkNanos(RETRY_NANOS);
                if (interrupted) Thread.currentThread().interrupt();
            }
        } while (!children().isEmpty());
    }

    /** Whatever one of them throws, the others are closed. */
    private void close(Child child) {
        try {
            child.close();
        } catch (OutOfMemoryError e) {
            throw e; // it is tried again
        } catch (Throwable e) {
            SafeLog.log("{} was not closed properly", child, e);
            release(child);
        }
    }

    private End<T> runBody() {
        Callable<? extends T> code = Objects.requireNonNull(body);
        body = null;
        Cancellation before = cancellation();
        if (before != null) return cancelled(before);
        try {
            // before the end is made, which would otherwise be kept while the body runs
            T value = OutlinedCall.of(code);
            return new End.Success<>(value);
        } catch (Throwable e) {
            Cancellation cancelled = cancellation();
            if (cancelled == null || !Cancellation.causes(e)) return failure(e);
            if (Failures.areCarriedBy(e)) lost(e);
            return cancelled(cancelled);
        }
    }

    private End<T> failure(Throwable e) {
        UnobservedFailure unasked = failed(e);
        return new End.Failure<>(e, unasked);
    }

    private End<T> cancelled(Cancellation why) {
        cut();
        return new End.Cancelled<>(why.reason());
    }

    /** The end of a job whose own could not be made, for lack of memory. */
    @SuppressWarnings("unchecked") // it has no value
    private static <T extends @Nullable Object> End<T> unrecorded() {
        return (End<T>) UNRECORDED;
    }

    @SuppressWarnings("unchecked") // it has no value
    private static <T extends @Nullable Object> End<T> unstarted() {
        return (End<T>) UNSTARTED;
    }

    /** In a task a cancel is in the tree, and an interrupt from elsewhere is left alone. */
    @Override
    final boolean setInterruptAside() {
        return false;
    }

    final @Nullable End<T> end() {
        return end;
    }

    @Override
    final boolean isQuiet() {
        return end != null;
    }

    /** Asks the body to end; whether this call did. */
    final boolean ask(String reason) {
        return end == null && mark(reason);
    }

    final void awaitEnd() throws InterruptedException {
        ScopeStack.checkCurrent();
        if (end != null) return;
        refuseFromInside();
        prepareToWait();
        try {
            done.await();
        } catch (InterruptedException e) {
            throw ScopeStack.woken(e);
        }
    }

    /** Refuses a wait that could not end, because the caller waits for itself. */
    final void refuseFromInside() {
        ScopeStack caller = ScopeStack.current();
        if (end == null && caller != null && caller.isInside(this)) {
            throw new IllegalStateException(label() + " cannot end while it waits for itself");
        }
    }

    final Event.Waiter whenDone(Runnable callback) {
        return done.whenFired(callback);
    }

    /** Takes back what {@link #whenDone} was given, where it has not run. */
    final void forget(Event.Waiter callback) {
        done.forget(callback);
    }

    /** What the ended job gives to those who ask for its result. */
    final T result() throws ExecutionException {
        return switch (Objects.requireNonNull(end)) {
            case End.Success<T>(T value) -> value;
            case End.Failure<T>(Throwable e, UnobservedFailure unasked) -> {
                unasked.asked();
                throw new ExecutionException(label() + " failed: " + ErrorText.described(e), e);
            }
            case End.Cancelled<T>(String reason) ->
                    throw new CancellationException(label() + " was cancelled: " + reason);
        };
    }
}
