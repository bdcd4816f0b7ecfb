package io.loomline.task;

import io.loomline.concurrent.Event;
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
 * A body of code that runs on a virtual thread of its own, and the handle to it: it can be joined,
 * cancelled, and asked how it ended. Tasks are started in a {@link TaskGroup}.
 *
 * <pre>
 *   started ──body returns a value──────────────────────▶ SUCCESS
 *      │ └────body throws───────────────────────────────▶ FAILED
 *      └──cancel: asks──▶ cancelled, body still running
 *                             ├──body throws InterruptedException, or never ran──▶ CANCELLED
 *                             └──body returns, or throws something else──▶ SUCCESS, FAILED
 * </pre>
 *
 * <p>What the JDK's streams and channels make of an {@code InterruptedException} counts as one.
 *
 * <p>A task is done only when its body has returned: {@link #cancel()} asks, and {@link #join()}
 * never returns earlier.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 *
 * @param <T> the type of the result; {@code Void} where there is none
 */
public final class Task<T extends @Nullable Object> extends Job<T> implements Future<T> {
    private final @Nullable String name;

    /**
     * Whether the task holds a permit of a group that has a limit. Written by whoever starts it,
     * then by the thread that ends it.
     */
    private boolean admitted;

    /** Where the group has noted it. Written by whoever starts it, then by its own thread. */
    private TaskRegistry.@Nullable Page<Job<?>> page;

    Task(TaskGroup group, @Nullable String name, Callable<? extends T> body, boolean admitted) {
        super(group, name, body);
        this.name = name;
        this.admitted = admitted;
    }

    /**
     * The task that the calling thread runs.
     *
     * @return the task
     * @throws IllegalStateException outside a task
     */
    public static Task<?> current() {
        if (ScopeStack.current() instanceof Task<?> task) return task;
        throw new IllegalStateException(
                "thread '" + Thread.currentThread().getName() + "' does not run a task");
    }

    /**
     * Throws if the calling code is cancelled, as every blocking call does on entry. Code that
     * computes for long calls it now and then, so that it can be cancelled.
     *
     * @throws InterruptedException if the current task, or a scope that the code is in, is
     *     cancelled: then the interrupt status stays set and the next call throws again. Also if
     *     the thread was interrupted by someone else: then the status is cleared
     */
    public static void checkCancelled() throws InterruptedException {
        checkCurrent();
    }

    /**
     * Does nothing for a while, by the clock of the calling task's runtime. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> as {@link #checkCancelled}, on entry and at any time.
     *
     * @param duration how long; zero or negative returns at once
     * @throws InterruptedException if the caller was cancelled
     */
    public static void sleep(Duration duration) throws InterruptedException {
        checkCurrent();
        if (!duration.isPositive()) return;
        ScopeStack strand = ScopeStack.current();
        Clock clock = strand == null ? SystemClock.INSTANCE : strand.clock();
        var over = new Event();
        Clock.Timer timer = clock.schedule(duration, over::fire);
        try {
            over.await();
        } catch (InterruptedException e) {
            throw ScopeStack.woken(e);
        } finally {
            timer.cancel();
        }
    }

    /** Before its thread is started. */
    void enter(TaskRegistry<Job<?>> tasks) {
        page = tasks.enter(this);
    }

    @Override
    UnobservedFailure failed(Throwable exception) {
        return group().failed(this, exception);
    }

    @Override
    void cut() {
        group().noteCut();
    }

    @Override
    void lost(Throwable cut) {
        UnobservedFailure.logCarried(path(), cut);
    }

    @Override
    void ending() {
        if (!admitted) return;
        admitted = false; // first: whatever happens, it is given back once
        group().releasePermit();
    }

    @Override
    void ended() {
        TaskRegistry.Page<Job<?>> left = page;
        if (left == null) return; // it never came in
        page = null; // a handle that is kept must not keep those who came later
        group().registry().leave(this, left);
    }

    @Override
    Clock clock() {
        return group().clock();
    }

    @Override
    CancelWatchdog watchdog() {
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

    /**
     * What log lines and messages call the task.
     *
     * @return the name it was started with, or {@code task-} and its id
     */
    public String name() {
        return name == null ? "task-" + id() : name;
    }

    /**
     * A number that no other task of the process has: the id of the task's thread.
     *
     * @return the number
     */
    public long id() {
        return thread().threadId();
    }

    /**
     * The group that the task was started in.
     *
     * @return the group
     */
    public TaskGroup group() {
        return (TaskGroup) Objects.requireNonNull(parent());
    }

    /**
     * Waits until the task has ended and returns its result. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the waiting and leaves the task alone.
     *
     * @return what the body returned
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if the body failed; its cause is what the body threw
     * @throws CancellationException if this task was cancelled
     * @throws IllegalStateException if the caller is this task, or runs inside it
     */
    public T join() throws InterruptedException, ExecutionException {
        awaitEnd();
        return result();
    }

    /**
     * Waits until the task has ended, but no longer than a timeout, and returns its result.
     * <i>Blocks.</i> A task that has ended gives its result even for a timeout of zero.
     *
     * <p><i>Cancellation:</i> neither a cancel of the caller nor the timeout touches the task.
     *
     * @param timeout how long to wait at most
     * @return what the body returned
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if the body failed; its cause is what the body threw
     * @throws TimeoutException if the task has not ended in time
     * @throws CancellationException if this task was cancelled
     * @throws IllegalStateException if the caller is this task, or runs inside it
     */
    public T join(Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (isDone()) checkCurrent();
        else awaitEnd(timeout);
        return result();
    }

    /** An end that is there goes before a timeout, however late either is seen. */
    private void awaitEnd(Duration timeout) throws InterruptedException, TimeoutException {
        try {
            Deadline.after(timeout, clock()).run(this::awaitEnd);
        } catch (TimeoutException e) {
            if (!isDone()) throw e;
        }
    }

    /**
     * Asks the task to end. The task sees it at its present or next blocking call, which throws
     * {@link InterruptedException}; it is done when its body has returned. Does not wait.
     *
     * @return true if this call cancelled it; false if it has ended or was cancelled before
     */
    public boolean cancel() {
        return cancel("cancel() was called");
    }

    /**
     * Asks the task to end, and says why. Does not wait.
     *
     * @param reason why, for messages and {@link #cancelReason()}
     * @return true if this call cancelled it; false if it has ended or was cancelled before
     */
    public boolean cancel(String reason) {
        return ask(Objects.requireNonNull(reason, "reason"));
    }

    /**
     * Asks the task to end, as {@link Future} has it.
     *
     * @param mayInterrupt must be true for a cancel: a task's thread runs from its start, so there
     *     is nothing that could be cancelled without an interrupt
     * @return true if this call cancelled it
     */
    @Override
    public boolean cancel(boolean mayInterrupt) {
        return mayInterrupt && cancel();
    }

    /**
     * Why the task was cancelled, itself or with its group.
     *
     * @return the reason; empty if nobody has cancelled it, or if it ended in another way
     */
    public Optional<String> cancelReason() {
        return switch (end()) {
            case null -> Optional.ofNullable(cancellation()).map(Cancellation::reason);
            case End.Cancelled(String reason) -> Optional.of(reason);
            default -> Optional.empty();
        };
    }

    /**
     * Cancels the task and waits until it has ended, however it ended. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the waiting.
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
     * Calls back once, when the task has ended: on the task's own thread, before its group counts
     * it as ended, or at once on the calling thread if it has ended already. What the callback
     * throws is logged. Callbacks, and those who wait in {@code join}, are served in the order in
     * which they came: one that takes long delays the next.
     *
     * <p>On either thread, a callback counts as code inside the task's group: to wait for that
     * group, for one that it is in, or for the runtime, and to close them, is refused with {@link
     * IllegalStateException}.
     *
     * <p><i>Cancellation:</i> a callback does not see a cancel of the task itself, which has ended,
     * and sees one of the task's group; on the calling thread, it sees a cancel of the caller.
     *
     * @param callback gets this task, which is done
     * @return this task
     */
    public Task<T> onDone(Consumer<? super Task<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        whenDone(() -> callBack(callback));
        return this;
    }

    private void callBack(Consumer<? super Task<T>> callback) {
        try {
            if (ScopeStack.current() == this) callback.accept(this);
            else callBackElsewhere(callback);
        } catch (Throwable e) { // also a checked one, from code that hid it from the compiler
            SafeLog.log("a callback of task '{}' failed", name(), e);
        }
    }

    /** On a thread of somebody else, who counts as one of the group meanwhile. */
    private void callBackElsewhere(Consumer<? super Task<T>> callback) throws InterruptedException {
        ScopeStack strand = ScopeStack.currentOrNew();
        Body<@Nullable Void, RuntimeException> body =
                () -> {
                    callback.accept(this);
                    return null;
                };
        strand.run(new VisitedScope(strand, group()), body);
    }

    /**
     * A future that ends as the task does. Cancelling the future cancels the task.
     *
     * @return a new future
     */
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

    /** Whether the task has ended by a cancel. One that is cancelled but still runs has not. */
    @Override
    public boolean isCancelled() {
        return end() instanceof End.Cancelled;
    }

    /**
     * How the task has ended, or that it runs. A failure that this has told counts as asked for: it
     * is not logged as one that nobody has seen.
     */
    @Override
    public State state() {
        if (end() instanceof End.Failure(_, UnobservedFailure unasked)) unasked.asked();
        return currentState();
    }

    /** The state for words of ours, which are no question for a failure. */
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
        if (end() instanceof End.Failure(Throwable exception, UnobservedFailure unasked)) {
            unasked.asked();
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
