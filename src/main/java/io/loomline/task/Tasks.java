package io.loomline.task;

import io.loomline.concurrent.BlockingCall;
import io.loomline.concurrent.BoundedThreads;
import io.loomline.concurrent.Event;
import io.loomline.concurrent.EventCount;
import io.loomline.task.Gathering.Stop;
import io.loomline.task.supervision.Completions;

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
 * Waits for several tasks, of any groups, and for blocking calls.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Tasks {
    /** Many, because a call may wait for a disk or a remote file system for long. */
    private static final BoundedThreads BLOCKING = new BoundedThreads("loomline-blocking", 64);

    private Tasks() {}

    /**
     * Waits for all tasks and returns their results. <i>Blocks.</i> If one fails or is cancelled,
     * the others are cancelled too, and this throws once all have ended.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param tasks the tasks; without any, this returns an empty list at once
     * @return the results, in the order of the tasks
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a task failed; the cause is the first failure in time, up to 16
     *     others are suppressed
     * @throws CancellationException if no task failed and one was cancelled
     * @throws IllegalStateException if the caller is one of the tasks, or runs inside one
     */
    public static <T extends @Nullable Object> List<T> gather(
            Collection<? extends Task<? extends T>> tasks)
            throws InterruptedException, ExecutionException {
        return Gathering.ofJobs(othersIn(tasks), Stop.AT_FIRST_UNSUCCESSFUL).results();
    }

    /**
     * Waits for all tasks and returns their results, as {@link #gather(Collection)} does.
     *
     * @param <T> the type of the results
     * @param tasks the tasks
     * @return the results, in the order of the tasks
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a task failed
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // List.of copies the array
    public static <T extends @Nullable Object> List<T> gather(Task<? extends T>... tasks)
            throws InterruptedException, ExecutionException {
        return gather(List.of(tasks));
    }

    /**
     * Waits for all tasks and returns how each ended. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param tasks the tasks; without any, this returns an empty list at once
     * @return the outcomes, in the order of the tasks
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is one of the tasks, or runs inside one
     */
    public static <T extends @Nullable Object> List<Outcome<T>> settle(
            Collection<? extends Task<? extends T>> tasks) throws InterruptedException {
        return Gathering.ofJobs(othersIn(tasks), Stop.AT_LAST).outcomes();
    }

    /**
     * Waits for some of the tasks, but no longer than a timeout. <i>Blocks.</i> A timeout is no
     * error: tasks that have not ended are returned as pending.
     *
     * <p><i>Cancellation:</i> neither a cancel of the caller nor the timeout affects the tasks.
     *
     * @param <T> the type of the results
     * @param tasks the tasks
     * @param until the condition that ends the wait
     * @param timeout the longest time to wait; zero or negative does not wait
     * @return the tasks that have ended, and those that have not
     * @throws InterruptedException if the caller was cancelled
     */
    public static <T extends @Nullable Object> AwaitResult<T> await(
            Collection<? extends Task<? extends T>> tasks, ReturnWhen until, Duration timeout)
            throws InterruptedException {
        Objects.requireNonNull(until, "until");
        List<Task<T>> all = copyOf(tasks);
        ScopeStack.checkCurrent();
        if (timeout.isPositive()) awaitSome(all, until, timeout);
        List<Task<T>> done = new ArrayList<>();
        List<Task<T>> pending = new ArrayList<>();
        for (Task<T> task : all) (task.isDone() ? done : pending).add(task);
        return new AwaitResult<>(done, pending);
    }

    private static void awaitSome(List<? extends Task<?>> tasks, ReturnWhen until, Duration timeout)
            throws InterruptedException {
        List<Event> ends = tasks.stream().map(task -> task.done).toList();
        try (var some = new EventCount(ends, i -> isEnough(tasks.get(i), until))) {
            if (some.enough().hasFired()) return;
            Clock clock = tasks.getFirst().clock();
            Deadline.after(timeout, clock).run(() -> ScopeStack.awaitCancellably(some.enough()));
        } catch (TimeoutException e) {
            assert e != null : "the result says which tasks have ended by now";
        }
    }

    private static boolean isEnough(Job<?> ended, ReturnWhen until) {
        return switch (until) {
            case FIRST_COMPLETED -> true;
            case FIRST_FAILED -> ended.end() instanceof Job.End.Failure;
            case ALL_COMPLETED -> false;
        };
    }

    /**
     * The tasks in the order in which they end: {@code next} <i>blocks</i> until another task has
     * ended. Tasks that have ended before this call come first, in the order of the collection. The
     * result can be iterated several times and by several threads, each time from the first task.
     *
     * <p><i>Cancellation:</i> if the caller is cancelled, {@code next} throws {@link
     * UncheckedIOException} of {@link InterruptedIOException} with the interrupt status set,
     * because an iterator cannot throw {@code InterruptedException}. The tasks are not affected.
     *
     * @param <T> the type of the results
     * @param tasks the tasks
     * @return the tasks, each when it is done
     */
    public static <T extends @Nullable Object> Iterable<Task<T>> asCompleted(
            Collection<? extends Task<? extends T>> tasks) {
        return Completions.of(
                copyOf(tasks), task -> task.done, Task::isDone, ScopeStack::awaitCancellably);
    }

    /**
     * Waits for the first task that succeeds and returns its result. The others are cancelled and
     * have ended when this returns. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param tasks the tasks; at least one
     * @return the result of the first task that succeeded
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if none succeeded; the cause is the first failure in time, the
     *     others are suppressed
     * @throws CancellationException if all tasks were cancelled
     * @throws IllegalArgumentException if there is no task
     * @throws IllegalStateException if the caller is one of the tasks, or runs inside one
     */
    public static <T extends @Nullable Object> T race(Collection<? extends Task<? extends T>> tasks)
            throws InterruptedException, ExecutionException {
        List<Task<T>> all = othersIn(tasks);
        if (all.isEmpty()) throw new IllegalArgumentException("no tasks: expected one or more");
        return Gathering.ofJobs(all, Stop.AT_FIRST_SUCCESS).winner();
    }

    /**
     * Runs a blocking call beside the carrier threads, and waits for it: a call of the file system,
     * or native code. <i>Blocks.</i>
     *
     * <pre>{@code
     * int count = Tasks.blocking(() -> file.read(buffer, position)); // file: a shared FileChannel
     * }</pre>
     *
     * <p>It serves two purposes. A virtual thread in a call of the file system holds its carrier,
     * of which there is about one for each core, so slow calls delay every other task. And an
     * interrupt, which delivers a cancel or a deadline, closes the {@link
     * java.nio.channels.FileChannel} that the thread is using, for all its users: they get {@link
     * java.nio.channels.ClosedByInterruptException} or {@code ClosedChannelException}.
     *
     * <p>The body runs on a platform thread, which is never interrupted. At most 64 such bodies run
     * at the same time in the process, and further callers wait in order. So a body must not wait
     * for a task that makes blocking calls itself. The thread has no task, no thread-locals and no
     * scoped values of the caller. A call costs some tens of microseconds more than its body, so it
     * should do a whole piece of work, such as 64 KiB and more.
     *
     * <p><i>Cancellation:</i> a cancel or a deadline of the caller ends the wait at once. If the
     * body has not begun, it never runs. Otherwise it goes on without the caller and is abandoned:
     * its result is dropped, also one that should be closed, such as an opened file, and its
     * exception is logged at level debug. So buffers in use must not be used again, and a call that
     * never returns keeps its thread.
     *
     * @param <T> the type of the result
     * @param <X> the exception type of the body
     * @param body the blocking call
     * @return the body's result
     * @throws X if the body threw it; its stack is that of the other thread
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the body threw an {@code InterruptedException}
     */
    public static <T extends @Nullable Object, X extends Exception> T blocking(Body<T, X> body)
            throws X, InterruptedException {
        var call = new BlockingCall<T>(BLOCKING, Objects.requireNonNull(body, "body")::call);
        ScopeStack.awaitCancellably(call::await);
        try {
            return call.result();
        } catch (InterruptedException e) { // not of the caller
            throw new IllegalStateException("other code has interrupted the blocking call", e);
        } catch (Exception e) {
            throw ScopeStack.<X>asDeclared(e);
        }
    }

    /**
     * Runs a blocking call without a result, as {@link #blocking(Body)} does.
     *
     * @param <X> the exception type of the action
     * @param action the blocking call
     * @throws X if the action threw it
     * @throws InterruptedException if the caller was cancelled
     */
    public static <X extends Exception> void blocking(Action<X> action)
            throws X, InterruptedException {
        blocking(Deadline.asBody(action));
    }

    /**
     * A copy of the tasks, refused if the caller runs in one: that task could not end meanwhile.
     */
    private static <T extends @Nullable Object> List<Task<T>> othersIn(
            Collection<? extends Task<? extends T>> tasks) {
        List<Task<T>> all = copyOf(tasks);
        all.forEach(Task::refuseFromInside);
        return all;
    }

    @SuppressWarnings("unchecked") // a task only returns its T, so a subtype of T is as good
    private static <T extends @Nullable Object> List<Task<T>> copyOf(
            Collection<? extends Task<? extends T>> tasks) {
        return (List<Task<T>>) (List<?>) List.copyOf(tasks);
    }
}
