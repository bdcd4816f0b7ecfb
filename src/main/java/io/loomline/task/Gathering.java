package io.loomline.task;

import io.loomline.task.Job.End;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One wait for the results of several jobs, which ends early when one of them has none. */
final class Gathering<T extends @Nullable Object> {
    private final Collection<? extends Job<T>> jobs;
    private final AtomicInteger unfinished;
    private final AtomicReference<@Nullable Job<T>> firstFailed = new AtomicReference<>();
    private final AtomicReference<@Nullable Job<T>> firstCancelled = new AtomicReference<>();
    private final Event settled = new Event();

    private Gathering(Collection<? extends Job<T>> jobs) {
        this.jobs = jobs;
        this.unfinished = new AtomicInteger(jobs.size());
    }

    /** What {@link Tasks#gather} says. */
    static <T extends @Nullable Object> List<T> gather(Collection<? extends Job<T>> jobs)
            throws InterruptedException, ExecutionException {
        Strand.checkCurrent();
        return jobs.isEmpty() ? new ArrayList<>() : new Gathering<T>(jobs).results();
    }

    private List<T> results() throws InterruptedException, ExecutionException {
        for (Job<T> job : jobs) job.whenDone(() -> note(job));
        awaitSettled();
        Job<T> bad = firstFailed.get();
        if (bad != null || firstCancelled.get() != null) {
            cancelAndAwait("another task of the same gather did not succeed");
            bad = firstFailed.get(); // goes before one that was cancelled because of it
            return List.of(
                    (bad == null ? Objects.requireNonNull(firstCancelled.get()) : bad).result());
        }
        List<T> results = new ArrayList<>(jobs.size());
        for (Job<T> job : jobs) results.add(job.result());
        return results;
    }

    private void note(Job<T> job) {
        if (job.end() instanceof End.Failure) firstFailed.compareAndSet(null, job);
        if (job.end() instanceof End.Cancelled) firstCancelled.compareAndSet(null, job);
        boolean last = unfinished.decrementAndGet() == 0;
        if (last || !(job.end() instanceof End.Success)) settled.fire();
    }

    private void awaitSettled() throws InterruptedException {
        try {
            settled.await();
        } catch (InterruptedException e) {
            cancelAndAwait("the caller of gather was cancelled");
            throw Strand.woken(e);
        }
    }

    private void cancelAndAwait(String reason) {
        for (Job<T> job : jobs) job.ask(reason);
        for (Job<T> job : jobs) job.awaitEndUninterruptibly();
    }
}
