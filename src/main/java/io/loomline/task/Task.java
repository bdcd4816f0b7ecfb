package io.loomline.task;

import io.loomline.concurrent.Event;
import io.loomline.flight.TaskEvents;
import io.loomline.log.SafeLog;
import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.TaskRegistry;
import io.loomline.task.supervision.UnobservedFailure;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The handle to a body of code that runs on its own virtual thread. A task can be joined and
 * cancelled, and reports how it ended. {@link TaskGroup#start} starts tasks.
 *
 * <pre>
 *   started ──body returns a value──────────────────────▶ SUCCESS
 *      │ └────body throws───────────────────────────────▶ FAILED
 *      └──cancel is requested──▶ cancelled, body still running
 *                             ├──body throws InterruptedException, or never ran──▶ CANCELLED
 *                             └──body returns, or throws something else──▶ SUCCESS, FAILED
 * </pre>
 *
 * <p>The exceptions into which the JDK's streams and channels turn an {@code InterruptedException}
 * count as one. A task is done only when its body has returned: {@link #cancel()} is a request, and
 * {@link #join()} never returns earlier.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 *
 * @param <T> the type of the result; {@code Void} if there is none
 */
public final class Task<T extends @Nullable Object> extends Job<T> implements Future<T> {
    /** The class of a park blocker in a thread dump. */
    private static final class SleepWait extends Event {}

    private final @Nullable String name;

    /** Whether the task holds a permit. Written by the starting thread, then by the ending one. */
    private boolean holdsPermit;

    /** Where the group has registered it. Written by the starting thread, then by its own. */
    private TaskRegistry.@Nullable Page<Job<?>> page;

    Task(TaskGroup group, @Nullable String name, Callable<? extends T> body, boolean holdsPermit) {
        super(group, name, body);
        this.name = name;
        this.holdsPermit = holdsPermit;
    }

    /**
     * {@return the task that the calling thread runs}
     *
     * @throws IllegalStateException outside a task
     */
    public static Task<?> current() {
        if (ScopeStack.current() instanceof Task<?> task) return task;
        throw new IllegalStateException(
                "thread '" + Thread.currentThread().getName() + "' does not run a task");
    }

    /**
     * Throws if the calling code is cancelled, as every blocking call does on entry. Long
     * computations should call it regularly, so that they can be cancelled.
     *
     * @throws InterruptedException if the current task, or a scope that the code is in, is
     *     cancelled: then the interrupt status stays set and the next call throws again. Also if
     *     the thread was interrupted without a cancel: then the status is cleared
     */
    public static void checkCancelled() throws InterruptedException {
        checkCurrent();
    }

    /**
     * Sleeps for a time, by the clock of the calling task's runtime. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> as {@link #checkCancelled}, on entry and at any time.
     *
     * @param duration the time; zero or negative returns at once
     * @throws InterruptedException if the caller was cancelled
     */
    public static void sleep(Duration duration) throws InterruptedException {
        checkCurrent();
        if (!duration.isPositive()) return;
        ScopeStack stack = ScopeStack.current();
        Clock clock = stack == null ? SystemClock.INSTANCE : stack.clock();
        var elapsed = new SleepWait();
        Clock.Timer timer = clock.schedule(duration, elapsed::fire);
        try {
            awaitCancellably(elapsed);
        } finally {
            timer.cancel();
        }
    }

    /** Registers the task. To be called before its thread is started. */
    void enter(TaskRegistry<Job<?>> tasks) {
        page = tasks.enter(this);
        if (TaskEvents.areStartsOn()) TaskEvents.start(id(), path());
    }

    @Override
    UnobservedFailure recordFailure(Throwable exception) {
        return group().recordFailure(this, exception);
    }

    @Override
    void onCancelled() {
        group().noteCancelledTask();
    }

    @Override
    void beforeDone() {
        if (!holdsPermit) return;
        holdsPermit = false; // first: the permit is released once, even if that throws
        group().releasePermit();
    }

    @Override
    void afterDone() {
        TaskRegistry.Page<Job<?>> left = page;
        if (left == null) return; // never registered
        page = null; // a page leads to later tasks, which a kept handle must not keep alive
        group().tasks.leave(this, left);
    }

    @Override
    Clock clock() {
        return group().clock();
    }

    @Override
    CancelWatchdog<Scope> watchdog() {
        return group().watchdog();
    }

    @Override
    String path() {
        return group().path() + "/" + name();
    }

    @Override
    String label() {
        return "task '" + name() + "'";
    }

    /** {@return the name in log lines and messages: as given, or {@code task-} and the id} */
    public String name() {
        return name == null ? "task-" + id() : name;
    }

    /** {@return the id of the task's thread, which no other task of the process has} */
    public long id() {
        return thread().threadId();
    }

    /** {@return the group that the task was started in} */
    public TaskGroup group() {
        return (TaskGroup) Objects.requireNonNull(parent);
    }

    /**
     * Waits until the task has ended and returns its result. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the wait and does not affect the task.
     *
     * @return the body's result
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if the body failed; its cause is the body's exception
     * @throws CancellationException if this task was cancelled
     * @throws IllegalStateException if the caller is this task, or runs inside it
     */
    public T join() throws InterruptedException, ExecutionException {
        awaitEnd();
        return result();
    }

    /**
     * Waits as {@link #join()} does, but no longer than a timeout. <i>Blocks.</i> A task that has
     * ended returns its result even for a timeout of zero.
     *
     * <p><i>Cancellation:</i> neither a cancel of the caller nor the timeout affects the task.
     *
     * @param timeout the longest time to wait
     * @return the body's result
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if the body failed; its cause is the body's exception
     * @throws TimeoutException if the task has not ended in time
     */
    public T join(Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (isDone()) checkCurrent();
        else if (!endsWithin(timeout)) throw new TimeoutException(stillRunningAfter(timeout));
        return result();
    }

    /** Waits for the end. If task and timeout end together, the end takes precedence. */
    private boolean endsWithin(Duration timeout) throws InterruptedException {
        try {
            Deadline.after(timeout, clock()).run(this::awaitEnd);
            return true;
        } catch (TimeoutException e) {
            return isDone();
        }
    }

    private String stillRunningAfter(Duration timeout) {
        Cancellation cancelled = cancellation();
        String state =
                cancelled == null ? "still" : "cancelled (" + cancelled.reason() + ") but still";
        return "%s is %s running after %s".formatted(label(), state, timeout);
    }

    /**
     * Requests a cancel. The task's current or next blocking call throws {@link
     * InterruptedException}. The task is done when its body has returned. Does not wait.
     *
     * @return true if this call cancelled the task; false if it has ended or was cancelled before
     */
    public boolean cancel() {
        return cancel("cancel() was called");
    }

    /**
     * Requests a cancel for a reason. Does not wait.
     *
     * @param reason the reason, for messages and {@link #cancelReason()}
     * @return true if this call cancelled the task; false if it has ended or was cancelled before
     */
    public boolean cancel(String reason) {
        return requestCancel(Objects.requireNonNull(reason, "reason"));
    }

    /** As {@link #cancel()} if the argument is true. A running task needs an interrupt to end. */
    @Override
    public boolean cancel(boolean mayInterrupt) {
        return mayInterrupt && cancel();
    }

    /**
     * {@return the reason why the task, or a group it is in, was cancelled; empty without a cancel,
     * or if the task did not end by it}
     */
    public Optional<String> cancelReason() {
        return switch (end()) {
            case null -> Optional.ofNullable(cancellation()).map(Cancellation::reason);
            case End.Cancelled(String reason) -> Optional.of(reason);
            default -> Optional.empty();
        };
    }

    /**
     * Cancels the task and waits until it has ended in any state. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the wait.
     *
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is this task, or runs inside it
     */
    public void cancelAndJoin() throws InterruptedException {
        refuseFromInside();
        cancel("cancelAndJoin() was called");
        awaitEnd();
    }

    /**
     * Adds a callback that runs once, when the task has ended: on the task's thread, before its
     * group counts the task as ended, or at once on the calling thread if the task has ended
     * already. An exception of the callback is logged. Callbacks and joining threads are served in
     * the order of their calls, so a slow callback delays those after it.
     *
     * <p>On either thread, the callback counts as code inside the task's group. It must not wait
     * for that group, an outer group or the runtime, nor close them: these calls throw {@link
     * IllegalStateException}.
     *
     * <p><i>Cancellation:</i> on the task's thread, a callback sees a cancel of the group but not
     * of the task; on the calling thread, a cancel of the caller.
     *
     * @param callback gets this task, which is done
     * @return this task
     */
    public Task<T> onDone(Consumer<? super Task<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        done.whenFired(() -> callBack(callback));
        return this;
    }

    private void callBack(Consumer<? super Task<T>> callback) {
        try {
            if (ScopeStack.current() == this) callback.accept(this);
            else callBackInGroup(callback);
        } catch (Throwable e) { // also checked exceptions that the compiler could not see
            SafeLog.log("a callback of task '{}' failed", name(), e);
        }
    }

    /** Another thread counts as a thread of the group meanwhile. */
    private void callBackInGroup(Consumer<? super Task<T>> callback) throws InterruptedException {
        ScopeStack stack = ScopeStack.currentOrNew();
        Action<RuntimeException> action = () -> callback.accept(this);
        stack.run(new CodeScope.Callback(stack, group()), Deadline.asBody(action));
    }

    /** {@return a new future that ends as the task does} Cancelling it cancels the task. */
    public CompletableFuture<T> toCompletableFuture() {
        var future = new CompletableFuture<T>();
        onDone(task -> {
            try {
                future.complete(task.result());
            } catch (ExecutionException e) {
                future.completeExceptionally(e.getCause());
            } catch (CancellationException e) {
                future.completeExceptionally(e);
            }
        });
        future.whenComplete((_, _) -> {
            if (future.isCancelled()) cancel("its CompletableFuture was cancelled");
        });
        return future;
    }

    @Override
    public boolean isDone() {
        return end() != null;
    }

    /** Whether the task has ended by a cancel. False while a cancelled task still runs. */
    @Override
    public boolean isCancelled() {
        return end() instanceof End.Cancelled;
    }

    /**
     * The state of the task. A failure that this returns counts as observed: it is not logged as a
     * failure that no code has seen.
     */
    @Override
    public State state() {
        if (end() instanceof End.Failure(_, UnobservedFailure failure)) failure.markObserved();
        return currentState();
    }

    /** The state for messages; observes no failure. */
    private State currentState() {
        return switch (end()) {
            case null -> State.RUNNING;
            case End.Success<T> _ -> State.SUCCESS;
            case End.Failure<T> _ -> State.FAILED;
            case End.Cancelled<T> _ -> State.CANCELLED;
        };
    }

    @Override
    public T resultNow() {
        if (end() instanceof End.Success<T>(T value)) return value;
        throw new IllegalStateException(label() + " has no result: it is " + currentState());
    }

    @Override
    public Throwable exceptionNow() {
        if (end() instanceof End.Failure(Throwable exception, UnobservedFailure failure)) {
            failure.markObserved();
            return exception;
        }
        throw new IllegalStateException(label() + " has no exception: it is " + currentState());
    }

    /** The same as {@link #join()}. */
    @Override
    public T get() throws InterruptedException, ExecutionException {
        return join();
    }

    /** The same as {@link #join(Duration)}. */
    @Override
    public T get(long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return join(Duration.ofNanos(unit.toNanos(timeout))); // saturates
    }

    /** The path of groups down to the task, and its state. */
    @Override
    public String toString() {
        return path() + " " + currentState();
    }
}
