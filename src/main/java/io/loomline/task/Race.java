package io.loomline.task;

import io.loomline.concurrent.Event;
import io.loomline.task.Job.End;
import io.loomline.task.supervision.Failures;
import io.loomline.task.supervision.UnobservedFailure;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One wait for the first job that succeeds. */
final class Race<T extends @Nullable Object> {
    private final Collection<? extends Job<T>> jobs;
    private final AtomicInteger unfinished;
    private final AtomicReference<End.@Nullable Success<T>> winner = new AtomicReference<>();
    private final Failures failures = new Failures();
    private final Event decided = new Event();

    /** Fires when all have ended and what they gave is noted. */
    private final Event ended = new Event();

    Race(Collection<? extends Job<T>> jobs) {
        this.jobs = jobs;
        this.unfinished = new AtomicInteger(jobs.size());
    }

    T run() throws InterruptedException, ExecutionException {
        for (Job<T> job : jobs) job.whenDone(() -> note(job));
        try {
            ScopeStack.checkCurrent();
            decided.await();
        } catch (InterruptedException e) {
            cancelAndAwait("whoever waited for the race was cancelled");
            InterruptedException cancelled = ScopeStack.woken(e);
            failures.suppressOn(cancelled);
            throw cancelled;
        }
        cancelAndAwait("another task won the race");
        End.Success<T> won = winner.get();
        if (won != null) return won.value();
        ExecutionException failed = failures.toException("no task of the race succeeded");
        if (failed != null) throw failed;
        throw new CancellationException("all tasks of the race were cancelled");
    }

    private void note(Job<T> job) {
        switch (Objects.requireNonNull(job.end())) {
            case End.Success<T> success -> winner.compareAndSet(null, success);
            case End.Failure<T>(Throwable _, UnobservedFailure failure) -> {
                failure.asked(); // a race is won by others' failures
                failures.add(failure);
            }
            case End.Cancelled<T> _ -> {}
        }
        boolean last = unfinished.decrementAndGet() == 0;
        if (last || winner.get() != null) decided.fire();
        if (last) ended.fire();
    }

    private void cancelAndAwait(String reason) {
        for (Job<T> job : jobs) job.ask(reason);
        ended.awaitUninterruptibly();
    }
}
