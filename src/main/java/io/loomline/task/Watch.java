package io.loomline.task;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/** One wait for some of several jobs. It cancels nothing. */
final class Watch {
    private final AtomicInteger unfinished;
    private final Until until;
    private final Event over = new Event();

    Watch(Collection<? extends Job<?>> jobs, Until until) {
        this.until = until;
        this.unfinished = new AtomicInteger(jobs.size());
        if (jobs.isEmpty()) over.fire();
        for (Job<?> job : jobs) job.whenDone(() -> note(job));
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
            throw Strand.woken(e);
        }
    }
}
