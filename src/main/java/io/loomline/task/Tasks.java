package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/** Waiting for several tasks, of whatever groups. */
public final class Tasks {
    private Tasks() {}

    /**
     * Waits for all tasks and returns their results. <i>Blocks.</i> When one fails or is cancelled,
     * the others are cancelled, and that end is thrown once they are through.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param tasks the tasks; none gives an empty list at once
     * @return the results, in the order of the tasks
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a task failed; the cause is the first failure in time
     * @throws CancellationException if a task was cancelled
     */
    public static <T extends @Nullable Object> List<T> gather(Collection<Task<T>> tasks)
            throws InterruptedException, ExecutionException {
        return Gathering.gather(tasks);
    }
}
