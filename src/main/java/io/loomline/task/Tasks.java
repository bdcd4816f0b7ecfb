package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Waiting for several tasks, of whatever groups.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
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
     * @throws ExecutionException if a task failed; the cause is the first failure in time, up to 16
     *     others are suppressed
     * @throws CancellationException if no task failed and one was cancelled
     * @throws IllegalStateException if the caller is one of the tasks, or runs inside one
     */
    public static <T extends @Nullable Object> List<T> gather(Collection<Task<T>> tasks)
            throws InterruptedException, ExecutionException {
        return Gathering.gather(othersIn(tasks));
    }

    /**
     * Waits for all tasks and returns how each ended. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param tasks the tasks; none gives an empty list at once
     * @return how they ended, in the order of the tasks
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is one of the tasks, or runs inside one
     */
    public static <T extends @Nullable Object> List<Outcome<T>> settle(Collection<Task<T>> tasks)
            throws InterruptedException {
        return Gathering.settle(othersIn(tasks));
    }

    /**
     * Waits for some tasks, but no longer than a timeout. <i>Blocks.</i> A timeout is no error:
     * what has not ended is among the pending.
     *
     * <p><i>Cancellation:</i> neither a cancel of the caller nor the timeout cancels the tasks.
     *
     * @param <T> the type of the results
     * @param tasks the tasks
     * @param until what ends the waiting
     * @param timeout how long to wait at most; zero or negative only looks
     * @return which tasks have ended, and which have not
     * @throws InterruptedException if the caller was cancelled
     */
    public static <T extends @Nullable Object> AwaitResult<T> await(
            Collection<Task<T>> tasks, ReturnWhen until, Duration timeout)
            throws InterruptedException {
        Objects.requireNonNull(until, "until");
        List<Task<T>> all = List.copyOf(tasks);
        boolean mayWait = timeout.isPositive();
        ScopeStack.checkCurrent();
        if (mayWait) awaitSome(all, until, timeout);
        List<Task<T>> done = new ArrayList<>();
        List<Task<T>> pending = new ArrayList<>();
        for (Task<T> task : all) (task.isDone() ? done : pending).add(task);
        return new AwaitResult<>(done, pending);
    }

    private static void awaitSome(List<? extends Task<?>> tasks, ReturnWhen until, Duration timeout)
            throws InterruptedException {
        try (var watch = new AwaitSome(tasks, until)) {
            if (!watch.isOver())
                Deadline.after(timeout, tasks.getFirst().clock()).run(watch::await);
        } catch (TimeoutException e) {
            // what there is by now is the answer
        }
    }

    /**
     * The tasks as they end: {@code next} <i>blocks</i> until another one has. Those that have
     * ended before this call come first, in the order in which they were given. May be iterated
     * several times, also by several threads, each time from the first that ended.
     *
     * <p><i>Cancellation:</i> {@code next} throws {@link UncheckedIOException} of {@link
     * InterruptedIOException}, with the interrupt status set, when the caller is cancelled, because
     * an iterator cannot throw {@code InterruptedException}. The tasks go on.
     *
     * @param <T> the type of the results
     * @param tasks the tasks
     * @return the tasks, each when it is done
     */
    public static <T extends @Nullable Object> Iterable<Task<T>> asCompleted(
            Collection<Task<T>> tasks) {
        return Completions.of(List.copyOf(tasks));
    }

    /**
     * Waits for the first task that succeeds and returns its result; the others are cancelled, and
     * have ended when this returns. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param tasks the tasks; at least one
     * @return the result of the first that succeeded
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if none succeeded; the cause is the first failure in time, the
     *     others are suppressed
     * @throws CancellationException if all tasks were cancelled
     * @throws IllegalArgumentException if there is no task
     * @throws IllegalStateException if the caller is one of the tasks, or runs inside one
     */
    public static <T extends @Nullable Object> T race(Collection<Task<T>> tasks)
            throws InterruptedException, ExecutionException {
        List<Task<T>> all = othersIn(tasks);
        if (all.isEmpty()) throw new IllegalArgumentException("no tasks: expected one or more");
        var race = new Race<>(all);
        return race.run();
    }

    /** A copy of its own, without any that the caller is in: that one could not end meanwhile. */
    private static <T extends @Nullable Object> List<Task<T>> othersIn(Collection<Task<T>> tasks) {
        List<Task<T>> all = List.copyOf(tasks);
        all.forEach(Task::refuseFromInside);
        return all;
    }
}
