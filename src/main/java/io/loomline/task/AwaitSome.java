package io.loomline.task;

import io.loomline.concurrent.Event;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** One wait for some of several jobs. It cancels nothing, and leaves nothing with the jobs. */
final class AwaitSome implements AutoCloseable {
    private final List<? extends Job<?>> jobs;
    private final List<Event.Waiter> callbacks = new ArrayList<>();
    private final AtomicInteger unfinished;
    private final ReturnWhen until;
    private final Event over = new Event();

    AwaitSome(List<? extends Job<?>> jobs, ReturnWhen until) {
        this.jobs = jobs;
        this.until = until;
        this.unfinished = new AtomicInteger(jobs.size());
        if (jobs.isEmpty()) over.fire();
        for (Job<?> job : jobs) callbacks.add(job.whenDone(() -> note(job)));
    }

    private void note(Job<?> job) {
        boolean last = unfinished.decrementAndGet() == 0;
        boolean enough =
                switch (until) {
                    case FIRST_COMPLETED -> true;
                    case FIRST_FAILED -> job.end() instanceof Job.End.Failure;
                    case ALL_COMPLETED -> false;
                };
        if (last || enough) over.fire();
    }

    boolean isOver() {
        return over.hasFired();
    }

    void await() throws InterruptedException {
        try {
            over.await();
        } catch (InterruptedException e) {
            throw ScopeStack.woken(e);
        }
    }

    /** Takes the callbacks back, so that a job that lives long does not gather them. */
    @Override
    public void close() {
        for (int i = 0; i < jobs.size(); i++) jobs.get(i).forget(callbacks.get(i));
    }
}
