package io.loomline.task;

import io.loomline.concurrent.Event;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/**
 * One wait for the ends of several jobs. It keeps what a job gave, not the job, so that a million
 * results cost what the results cost.
 */
final class Gathering<T extends @Nullable Object> {
    /** A job while it runs, then its end; null where none was started. */
    private final AtomicReferenceArray<@Nullable Object> slots;

    /** How many have not ended, of those that are or may be added. */
    private final AtomicInteger unfinished;

    private final Failures failures = new Failures();
    private final AtomicReference<@Nullable Job<T>> firstFailed = new AtomicReference<>();
    private final AtomicReference<@Nullable Job<T>> firstCancelled = new AtomicReference<>();

    /** Fires when there is no more to wait for. */
    private final Event settled = new Event();

    /** Fires when all have ended and what they gave is noted. */
    private final Event ended = new Event();

    /** Whether the first job that does not succeed settles it. */
    private final boolean failFast;

    /** How many were added. Used by the thread that waits. */
    private int added;

    private Gathering(int count, boolean failFast) {
        this.slots = new AtomicReferenceArray<>(count);
        this.unfinished = new AtomicInteger(count);
        this.failFast = failFast;
    }

    /** What {@link Tasks#gather} says. */
    static <T extends @Nullable Object> List<T> gather(List<? extends Job<T>> jobs)
            throws InterruptedException, ExecutionException {
        var gathering = new Gathering<T>(jobs.size(), true);
        gathering.await(() -> jobs.forEach(gathering::add));
        return gathering.results();
    }

    /** {@link TaskGroup#gather}: starts no further body once one has failed. */
    static <T extends @Nullable Object> List<T> gather(
            Collection<? extends Callable<? extends T>> bodies,
            Function<Callable<T>, ? extends Job<T>> start)
            throws InterruptedException, ExecutionException {
        var starting = new Starting<T>(bodies, start, true);
        var gathering = new Gathering<T>(starting.count(), true);
        gathering.await(() -> gathering.startAll(starting));
        return gathering.results();
    }

    /** What {@link Tasks#settle} says. */
    static <T extends @Nullable Object> List<Outcome<T>> settle(List<? extends Job<T>> jobs)
            throws InterruptedException {
        var gathering = new Gathering<T>(jobs.size(), false);
        gathering.await(() -> jobs.forEach(gathering::add));
        return gathering.outcomes();
    }

    /** {@link TaskGroup#settle}. */
    static <T extends @Nullable Object> List<Outcome<T>> settle(
            Collection<? extends Callable<? extends T>> bodies,
            Function<Callable<T>, ? extends Job<T>> start)
            throws InterruptedException {
        var starting = new Starting<T>(bodies, start, false);
        var gathering = new Gathering<T>(starting.count(), false);
        gathering.await(() -> gathering.startAll(starting));
        return gathering.outcomes();
    }

    /** Starts a job for each body, one at a time. */
    private static final class Starting<T extends @Nullable Object> {
        private final List<? extends Callable<? extends T>> bodies;
        private final Function<Callable<T>, ? extends Job<T>> start;
        private final boolean untilFailure;

        /** Set by the failing body itself, before its permit in a limited group is free again. */
        private volatile boolean failed;

        Starting(
                Collection<? extends Callable<? extends T>> bodies,
                Function<Callable<T>, ? extends Job<T>> start,
                boolean untilFailure) {
            this.bodies = List.copyOf(bodies);
            this.start = start;
            this.untilFailure = untilFailure;
        }

        int count() {
            return bodies.size();
        }

        boolean mayStart() {
            return !(untilFailure && failed);
        }

        Job<T> start(int index) {
            Callable<? extends T> body = bodies.get(index);
            return start.apply(() -> call(body));
        }

        private T call(Callable<? extends T> body) throws Exception {
            try {
                return body.call();
            } catch (Throwable e) {
                failed = true;
                throw e;
            }
        }
    }

    private void startAll(Starting<T> starting) throws InterruptedException {
        for (int i = 0; i < starting.count() && starting.mayStart() && !settled.hasFired(); i++) {
            ScopeStack.checkCurrent(); // a start that is cut does not throw
            add(starting.start(i));
        }
    }

    private void await(Action<RuntimeException> adding) throws InterruptedException {
        try {
            adding.run();
            ScopeStack.checkCurrent();
            if (slots.length() == 0) return;
            settled.await();
        } catch (InterruptedException e) {
            cancelAndAwait("whoever waited for it was cancelled");
            InterruptedException cancelled = ScopeStack.woken(e);
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
        job.whenDone(() -> note(index, job));
    }

    private void note(int index, Job<T> job) {
        End<T> end = Objects.requireNonNull(job.end());
        slots.set(index, end);
        if (end instanceof End.Failure<T>(Throwable _, UnobservedFailure failure)) {
            failure.asked(); // it is thrown or returned
            firstFailed.compareAndSet(null, job); // before another failure can settle it
            failures.add(failure);
        }
        if (end instanceof End.Cancelled) firstCancelled.compareAndSet(null, job);
        boolean last = unfinished.decrementAndGet() == 0;
        if (last || (failFast && !(end instanceof End.Success))) settled.fire();
        if (last) ended.fire();
    }

    private void throwIfCancelled() throws InterruptedException {
        try {
            ScopeStack.checkCurrent();
        } catch (InterruptedException e) {
            failures.suppressOn(e);
            throw e;
        }
    }

    private List<T> results() throws InterruptedException, ExecutionException {
        throwWhatWentWrong();
        List<T> results = new ArrayList<>(slots.length());
        for (int i = 0; i < slots.length(); i++) {
            if (endOf(i) instanceof End.Success<T>(T value)) results.add(value);
        }
        return results;
    }

    private List<Outcome<T>> outcomes() {
        List<Outcome<T>> outcomes = new ArrayList<>(slots.length());
        for (int i = 0; i < slots.length(); i++) outcomes.add(endOf(i).outcome());
        return outcomes;
    }

    private void throwWhatWentWrong() throws InterruptedException, ExecutionException {
        if (firstFailed.get() == null && firstCancelled.get() == null) return;
        cancelAndAwait("another task of the same gather did not succeed");
        throwIfCancelled(); // a cancel of the caller goes before a failure
        Job<T> failed = firstFailed.get(); // before one that was cancelled because of it
        ExecutionException failure =
                failed == null ? null : failures.toException(failed.label() + " failed");
        if (failure != null) throw failure;
        var _ = Objects.requireNonNull(firstCancelled.get()).result();
    }

    private void cancelAndAwait(String reason) {
        for (int i = 0; i < added; i++) {
            if (slots.get(i) instanceof Job<?> job) job.ask(reason);
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
