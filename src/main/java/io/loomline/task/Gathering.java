package io.loomline.task;

import io.loomline.concurrent.Event;
import io.loomline.concurrent.JoinWait;
import io.loomline.log.ErrorText;
import io.loomline.task.Job.End;
import io.loomline.task.supervision.Failures;
import io.loomline.task.supervision.UnobservedFailure;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/**
 * A wait for several jobs, until the end given by {@link Stop}. It keeps the ends and not the jobs,
 * so that a million results need only the memory of the results.
 */
final class Gathering<T extends @Nullable Object> {
    /** A job while it runs, then its end; null if none was started. */
    private final AtomicReferenceArray<@Nullable Object> slots;

    /** The number of jobs that have not ended, including those that are not added yet. */
    private final AtomicInteger unfinished;

    private final Failures failures = new Failures();
    private final AtomicReference<End.@Nullable Success<T>> firstSuccess = new AtomicReference<>();
    private final AtomicReference<@Nullable Job<T>> firstFailed = new AtomicReference<>();
    private final AtomicReference<@Nullable Job<T>> firstCancelled = new AtomicReference<>();

    /** Fires when the wait is over. */
    private final Event settled = new JoinWait();

    /** Fires when all jobs have ended and their ends are recorded. */
    private final Event ended = new JoinWait();

    private final Stop stop;

    /** Set by a failing body itself, before it releases its permit in a limited group. */
    private volatile boolean stopsStarting;

    /** The number of jobs added. Used by the waiting thread. */
    private int added;

    /** The end that ends the wait. */
    enum Stop {
        AT_FIRST_UNSUCCESSFUL,
        AT_FIRST_SUCCESS,
        AT_LAST;

        private boolean isAt(End<?> end) {
            return switch (this) {
                case AT_FIRST_UNSUCCESSFUL -> !(end instanceof End.Success);
                case AT_FIRST_SUCCESS -> end instanceof End.Success;
                case AT_LAST -> false; // the caller counts them
            };
        }
    }

    private Gathering(int count, Stop stop) {
        this.slots = new AtomicReferenceArray<>(count);
        this.unfinished = new AtomicInteger(count);
        this.stop = stop;
    }

    /** Waits for jobs that run already. */
    static <T extends @Nullable Object> Gathering<T> ofJobs(List<? extends Job<T>> jobs, Stop stop)
            throws InterruptedException {
        var gathering = new Gathering<T>(jobs.size(), stop);
        gathering.await(() -> jobs.forEach(gathering::add));
        return gathering;
    }

    /**
     * Starts a job for each body, one at a time, and waits. If a failure stops the wait, no further
     * body is started.
     */
    static <T extends @Nullable Object> Gathering<T> ofBodies(
            Collection<? extends Callable<? extends T>> bodies,
            Function<Callable<T>, ? extends Job<T>> start,
            Stop stop)
            throws InterruptedException {
        List<? extends Callable<? extends T>> copy = List.copyOf(bodies);
        var gathering = new Gathering<T>(copy.size(), stop);
        gathering.await(() -> gathering.startAll(copy, start));
        return gathering;
    }

    private void startAll(
            List<? extends Callable<? extends T>> bodies,
            Function<Callable<T>, ? extends Job<T>> start)
            throws InterruptedException {
        for (Callable<? extends T> body : bodies) {
            if (stopsStarting || settled.hasFired()) return;
            ScopeStack.checkCurrent(); // a start does not throw if its caller is cancelled
            add(start.apply(() -> call(body)));
        }
    }

    private T call(Callable<? extends T> body) throws Exception {
        try {
            return body.call();
        } catch (Throwable e) {
            if (stop == Stop.AT_FIRST_UNSUCCESSFUL) stopsStarting = true;
            throw e;
        }
    }

    private void await(Action<RuntimeException> adding) throws InterruptedException {
        try {
            adding.run();
            ScopeStack.checkCurrent();
            if (slots.length() == 0) return;
            settled.await();
        } catch (InterruptedException e) {
            cancelAndAwait("the caller was cancelled");
            InterruptedException cancelled = ScopeStack.exceptionFor(e);
            failures.suppressOn(cancelled);
            throw cancelled;
        } catch (Throwable e) {
            cancelAndAwait("another task could not be started: " + ErrorText.described(e));
            throw e;
        }
    }

    private void add(Job<T> job) {
        int index = added++;
        slots.set(index, job);
        job.done.whenFired(() -> record(index, job));
    }

    private void record(int index, Job<T> job) {
        End<T> end = Objects.requireNonNull(job.end());
        slots.set(index, end);
        if (end instanceof End.Failure<T>(Throwable _, UnobservedFailure failure)) {
            failure.markObserved(); // it is thrown or returned, or lost a race
            firstFailed.compareAndSet(null, job); // before another failure can end the wait
            failures.add(failure);
        }
        if (end instanceof End.Cancelled) firstCancelled.compareAndSet(null, job);
        if (end instanceof End.Success<T> success) firstSuccess.compareAndSet(null, success);
        boolean last = unfinished.decrementAndGet() == 0;
        if (last || stop.isAt(end)) settled.fire();
        if (last) ended.fire();
    }

    List<T> results() throws InterruptedException, ExecutionException {
        throwIfUnsuccessful();
        List<T> results = new ArrayList<>(slots.length());
        for (int i = 0; i < slots.length(); i++) {
            if (endOf(i) instanceof End.Success<T>(T value)) results.add(value);
        }
        return results;
    }

    List<Outcome<T>> outcomes() {
        List<Outcome<T>> outcomes = new ArrayList<>(slots.length());
        for (int i = 0; i < slots.length(); i++) outcomes.add(endOf(i).outcome());
        return outcomes;
    }

    /** The result of the first job that succeeded; the others have ended when this returns. */
    T winner() throws ExecutionException {
        cancelAndAwait("another task won the race");
        End.Success<T> won = firstSuccess.get();
        if (won != null) return won.value();
        ExecutionException failed = failures.toException("no task of the race succeeded");
        if (failed != null) throw failed;
        throw new CancellationException("all tasks of the race were cancelled");
    }

    /**
     * A cancel of the caller takes precedence over a failure, and a failure over a cancelled job.
     */
    private void throwIfUnsuccessful() throws InterruptedException, ExecutionException {
        if (firstFailed.get() == null && firstCancelled.get() == null) return;
        cancelAndAwait("another task of the same gather did not succeed");
        try {
            ScopeStack.checkCurrent();
        } catch (InterruptedException e) {
            failures.suppressOn(e);
            throw e;
        }
        Job<T> failed = firstFailed.get();
        ExecutionException failure =
                failed == null ? null : failures.toException(failed.label() + " failed");
        if (failure != null) throw failure;
        var _ = Objects.requireNonNull(firstCancelled.get()).result();
    }

    private void cancelAndAwait(String reason) {
        for (int i = 0; i < added; i++) {
            if (slots.get(i) instanceof Job<?> job) job.requestCancel(reason);
        }
        int neverAdded = slots.length() - added;
        if (unfinished.addAndGet(-neverAdded) == 0) ended.fire();
        ended.awaitUninterruptibly();
    }

    @SuppressWarnings("unchecked")
    private End<T> endOf(int index) {
        return (End<T>) Objects.requireNonNull(slots.get(index));
    }
}
