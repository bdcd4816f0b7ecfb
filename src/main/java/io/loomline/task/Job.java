package io.loomline.task;

import io.loomline.concurrent.Event;
import io.loomline.concurrent.JoinWait;
import io.loomline.concurrent.OutlinedCall;
import io.loomline.flight.TaskEvents;
import io.loomline.log.BareWrapper;
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

/** A thread that runs one body, the end of that body, and its waiters. It knows no group. */
abstract class Job<T extends @Nullable Object> extends ScopeStack {
    /** The end of a job if there is no memory for its real end. */
    private static final End<?> UNRECORDED =
            new End.Failure<>(
                    UnobservedFailure.UNRECORDED.exception(), UnobservedFailure.UNRECORDED);

    private static final End<?> UNSTARTED = new End.Cancelled<>("its thread was not started");

    /** Between attempts to allocate: other code may free memory meanwhile. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    final Event done = new JoinWait();
    final long startNanos = System.nanoTime(); // the clock may be a user's, and may fail

    /** Null once the body begins, so that its captured objects can be collected. */
    private @Nullable Callable<? extends T> body;

    /** Null while running; written once, by the job's own thread, before {@link #done} fires. */
    private volatile @Nullable End<T> end;

    /** How a job ended. */
    sealed interface End<T extends @Nullable Object> {
        record Success<T extends @Nullable Object>(T value) implements End<T> {}

        record Failure<T extends @Nullable Object>(
                Throwable exception, UnobservedFailure unobserved) implements End<T> {}

        record Cancelled<T extends @Nullable Object>(String reason) implements End<T> {}

        /** The end as a public value; a failure counts as observed. */
        default Outcome<T> outcome() {
            return switch (this) {
                case Success<T>(T value) -> new Outcome.Success<>(value);
                case Cancelled<T>(String reason) -> new Outcome.Cancelled<>(reason);
                case Failure<T>(Throwable exception, UnobservedFailure unobserved) -> {
                    unobserved.markObserved();
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

    /** Records a failure of the body. Must not throw: it may have to cancel other jobs. */
    abstract UnobservedFailure recordFailure(Throwable exception);

    /** Called when the body was cancelled or never ran, before waiters are notified. */
    abstract void onCancelled();

    /** Called when the body and the groups opened in it have ended, before waiters are notified. */
    abstract void beforeDone();

    /** Called after all waiters were notified. */
    abstract void afterDone();

    /**
     * The job ends whatever fails on the way: each step runs even if the one before it has failed,
     * and no step that other code waits for needs memory.
     *
     * <pre>
     *   body ─▶ open groups closed ─▶ permit released ─▶ end set ─▶ waiters notified ─▶ deregistered
     * </pre>
     */
    @Override
    final void runOnThread() {
        End<T> result = cast(UNRECORDED);
        try {
            result = runBody();
        } finally {
            endWith(result);
        }
    }

    @Override
    final void endAfterError(Throwable e) {
        if (body == null) return; // runOnThread has begun and has ended the job
        body = null;
        End<T> result = cast(UNRECORDED);
        try {
            result = failure(e);
        } finally {
            endWith(result);
        }
    }

    /** Called by the thread that created the job and could not start its thread. */
    final void endUnstarted() {
        body = null;
        finish(cast(UNSTARTED));
    }

    @Override
    final void endAbandoned(String reason) {
        if (end != null) { // the thread is in a callback
            afterDone();
            return;
        }
        End<T> result = cast(UNRECORDED);
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
            beforeDone();
            if (TaskEvents.areEndsOn()) recordEnd(result);
        } finally {
            end = result;
            notifyWaiters();
        }
    }

    private void recordEnd(End<T> result) {
        long id = thread().threadId();
        switch (result) {
            case End.Success<T> _ -> TaskEvents.end(id, path(), "SUCCESS", null);
            case End.Failure<T>(Throwable e, UnobservedFailure _) ->
                    TaskEvents.end(id, path(), "FAILED", e);
            case End.Cancelled<T>(String reason) -> TaskEvents.end(id, path(), "CANCELLED", reason);
        }
    }

    private void notifyWaiters() {
        try {
            if (isMarked()) leaveCancelledBody();
        } finally {
            done.fire(); // never throws
            afterDone();
        }
    }

    /** A cancel of the body does not hold for the callbacks. */
    private void leaveCancelledBody() {
        stopWatchdog();
        if (Thread.currentThread() == thread()) leaveBody();
    }

    /** Cancels all groups before it waits for the first. */
    private void closeChildren() {
        if (children().isEmpty()) return; // usually, and without an iterator
        do {
            try {
                for (Child child : children()) {
                    if (child.cancellation() == null)
                        child.mark("the task that opened it has ended");
                }
                for (Child child : children()) close(child);
            } catch (OutOfMemoryError e) { // for an iterator; no group may outlive the task
                boolean interrupted = Thread.interrupted(); // otherwise the park returns at once
                LockSupport.parkNanos(RETRY_NANOS);
                if (interrupted) Thread.currentThread().interrupt();
            }
        } while (!children().isEmpty());
    }

    /** A failure in one group does not keep the others from being closed. */
    private void close(Child child) {
        try {
            child.close();
        } catch (OutOfMemoryError e) {
            throw e; // the caller tries again
        } catch (Throwable e) {
            SafeLog.log("{} was not closed properly", child, e);
            removeChild(child);
        }
    }

    private End<T> runBody() {
        Callable<? extends T> code = Objects.requireNonNull(body);
        body = null;
        Cancellation before = cancellation();
        if (before != null) return cancelled(before);
        try {
            // called first: an End allocated before would stay alive while the body runs
            T value = OutlinedCall.of(code);
            return new End.Success<>(value);
        } catch (Throwable e) {
            Cancellation cancelled = cancellation();
            if (cancelled == null) return failure(e);
            if (!Cancellation.causes(e)) return failureOfCancelled(e);
            if (Failures.areSuppressedOn(e)) UnobservedFailure.logSuppressed(path(), e);
            return cancelled(cancelled);
        }
    }

    private End<T> failure(Throwable e) {
        return new End.Failure<>(e, recordFailure(e));
    }

    /** Code that could not throw the exception of the cancel itself has nothing to report. */
    private End<T> failureOfCancelled(Throwable e) {
        UnobservedFailure unobserved = recordFailure(e);
        if (Cancellation.causes(BareWrapper.unwrapped(e))) unobserved.markObserved();
        return new End.Failure<>(e, unobserved);
    }

    private End<T> cancelled(Cancellation why) {
        onCancelled();
        return new End.Cancelled<>(why.reason());
    }

    @SuppressWarnings("unchecked") // neither constant has a value
    private static <T extends @Nullable Object> End<T> cast(End<?> withoutValue) {
        return (End<T>) withoutValue;
    }

    /** A task is cancelled through the tree; a shield leaves other interrupts alone. */
    @Override
    final boolean takeInterrupt() {
        return false;
    }

    final @Nullable End<T> end() {
        return end;
    }

    @Override
    final boolean hasEnded() {
        return end != null;
    }

    /** Requests a cancel; whether this call cancelled the job. */
    final boolean requestCancel(String reason) {
        return end == null && mark(reason);
    }

    final void awaitEnd() throws InterruptedException {
        checkCurrent();
        if (end != null) return;
        refuseFromInside();
        prepareToWait();
        awaitCancellably(done);
    }

    /** Refuses a wait that would never end, because the caller runs inside this job. */
    final void refuseFromInside() {
        ScopeStack caller = ScopeStack.current();
        if (end == null && caller != null && caller.isInside(this)) {
            throw new IllegalStateException(label() + " cannot end while it waits for itself");
        }
    }

    /** The result of the ended job; throws if it has none. */
    final T result() throws ExecutionException {
        return switch (Objects.requireNonNull(end)) {
            case End.Success<T>(T value) -> value;
            case End.Failure<T>(Throwable e, UnobservedFailure unobserved) -> {
                unobserved.markObserved();
                throw new ExecutionException(label() + " failed: " + ErrorText.described(e), e);
            }
            case End.Cancelled<T>(String reason) ->
                    throw new CancellationException(label() + " was cancelled: " + reason);
        };
    }
}
