package io.loomline.task;

import io.loomline.task.supervision.KeepAlive;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Tasks that belong together: they are awaited, cancelled and closed as one. Closing the group
 * cancels what still runs and waits for it, so no task outlives its group; a task closes the groups
 * that were opened in it before it ends.
 *
 * <pre>
 *   open ──cancel, or a failure under FAIL_FAST──▶ cancelled ──close──▶ closed
 *     └──────────────────────────close─────────────────────────────────────▲
 *   start:  runs the task           its task ends CANCELLED        IllegalStateException
 * </pre>
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class TaskGroup extends GroupScope implements AutoCloseable {
    private TaskGroup(
            @Nullable Scope parent,
            GroupOptions options,
            TreeContext tree,
            @Nullable Consumer<String> onFailure) {
        super(parent, options, tree, onFailure);
    }

    /**
     * Opens a group that has no parent, the root of a tree. Its tasks do not keep the JVM alive.
     *
     * @param options how it treats its tasks
     * @param clock the time that it and everything beneath it waits by
     * @return the group
     */
    public static TaskGroup root(GroupOptions options, Clock clock) {
        return root(options, clock, List.of());
    }

    /**
     * Opens a group that has no parent, the root of a tree, whose tasks take something along. They
     * do not keep the JVM alive.
     *
     * @param options how it treats its tasks
     * @param clock the time that it and everything beneath it waits by
     * @param carriers what a start of a task takes along from the thread that starts it
     * @return the group
     */
    public static TaskGroup root(GroupOptions options, Clock clock, List<ContextCarrier> carriers) {
        return root(options, clock, carriers, true);
    }

    /**
     * Opens a group that has no parent, the root of a tree, whose tasks take something along.
     *
     * @param options how it treats its tasks
     * @param clock the time that it and everything beneath it waits by
     * @param carriers what a start of a task takes along from the thread that starts it
     * @param daemon whether the JVM may end while tasks of the tree run
     * @return the group
     */
    public static TaskGroup root(
            GroupOptions options, Clock clock, List<ContextCarrier> carriers, boolean daemon) {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(clock, "clock");
        KeepAlive keepAlive = daemon ? null : new KeepAlive(options.name());
        var root = new TaskGroup(null, options, new TreeContext(clock, carriers, keepAlive), null);
        if (keepAlive != null) keepAlive.watch(new KeepAlive.Tree(root::isEmpty, root::anyThread));
        return root;
    }

    /**
     * Opens a group inside this one.
     *
     * @param options how it treats its tasks
     * @return the group
     * @throws IllegalStateException if this group is closed
     */
    public TaskGroup child(GroupOptions options) {
        return openIn(this, options, null);
    }

    /**
     * Opens a group where the caller stands: inside the calling task if that runs beneath this
     * group, otherwise inside this group.
     *
     * @param options how it treats its tasks
     * @return the group
     * @throws IllegalStateException if this group is closed
     */
    public TaskGroup open(GroupOptions options) {
        ScopeStack caller = ScopeStack.current();
        if (caller == null || !caller.canKeepGroupsOf(this)) return openIn(this, options, null);
        return openIn(caller.innermost(), options, null);
    }

    /** Opens a group for a body, which is told of the first failure if the group fails fast. */
    TaskGroup openFor(Scope body, GroupOptions options, Consumer<String> onFailure) {
        return openIn(body, options, onFailure);
    }

    private TaskGroup openIn(
            Scope parent, GroupOptions options, @Nullable Consumer<String> onFailure) {
        Objects.requireNonNull(options, "options");
        var group = new TaskGroup(parent, options, tree(), onFailure);
        parent.home().adopt(group);
        if (isClosed() && parent.home() == this) { // a task that runs closes what it has opened
            parent.home().release(group);
            throw closedException();
        }
        return group;
    }

    /**
     * Starts a task. <i>Blocks</i> while the group has as many tasks as its limit allows, unless
     * the caller runs inside the group: see {@link GroupOptions#withLimit}.
     *
     * @param <T> the type of the result
     * @param body what the task does
     * @return the task; if the group is cancelled, one that never runs and ends as cancelled
     * @throws IllegalStateException if the group is closed
     */
    public <T extends @Nullable Object> Task<T> start(Callable<T> body) {
        return launch(null, Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task that has a name.
     *
     * @param <T> the type of the result
     * @param name what log lines, thread dumps and messages call the task
     * @param body what the task does
     * @return the task; if the group is cancelled, one that never runs and ends as cancelled
     * @throws IllegalStateException if the group is closed
     */
    public <T extends @Nullable Object> Task<T> start(String name, Callable<T> body) {
        return launch(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task that has no result.
     *
     * @param body what the task does
     * @return the task; if the group is cancelled, one that never runs and ends as cancelled
     * @throws IllegalStateException if the group is closed
     */
    public Task<Void> start(TaskBody body) {
        return launch(null, withoutResult(body));
    }

    /**
     * Starts a task that has a name and no result.
     *
     * @param name what log lines, thread dumps and messages call the task
     * @param body what the task does
     * @return the task; if the group is cancelled, one that never runs and ends as cancelled
     * @throws IllegalStateException if the group is closed
     */
    public Task<Void> start(String name, TaskBody body) {
        return launch(Objects.requireNonNull(name, "name"), withoutResult(body));
    }

    @SuppressWarnings("NullAway") // null is the only Void there is
    private static Callable<Void> withoutResult(TaskBody body) {
        Objects.requireNonNull(body, "body");
        return () -> {
            body.run();
            return null;
        };
    }

    private <T extends @Nullable Object> Task<T> launch(@Nullable String name, Callable<T> body) {
        Callable<T> carried = carried(body);
        boolean mayGoWithout = isLimited() && ScopeStack.isCallerInside(this);
        boolean admitted = awaitAdmission(!mayGoWithout);
        Task<T> task = create(name, carried, admitted);
        boolean started = false;
        try {
            task.enter(registry()); // before the look at closed: close waits for whoever came in
            // before
            if (isClosed()) cancelOrRefuse(task);
            if (!admitted && !mayGoWithout) task.mark("whoever started it was cancelled");
            KeepAlive keepAlive = tree().keepAlive();
            if (keepAlive != null) keepAlive.on();
            task.thread().start();
            started = true;
            return task;
        } finally {
            if (!started) task.endUnstarted();
        }
    }

    private <T extends @Nullable Object> Task<T> create(
            @Nullable String name, Callable<T> body, boolean admitted) {
        try {
            return new Task<>(this, name, body, admitted);
        } catch (Throwable e) { // such as that there is no memory for it
            if (admitted) releasePermit();
            throw e;
        }
    }

    /** A group that closes waits for those inside, who go on as in one that is cancelled. */
    private void cancelOrRefuse(Task<?> task) {
        ScopeStack caller = ScopeStack.current();
        if (caller == null || !caller.isInside(this)) throw closedException();
        task.mark("the group was closed");
    }

    private IllegalStateException closedException() {
        return new IllegalStateException(label() + " is closed");
    }

    private <T extends @Nullable Object> Callable<T> carried(Callable<T> body) {
        Callable<T> carried = body;
        for (ContextCarrier carrier : tree().carriers()) carried = carrier.carry(carried);
        return carried;
    }

    /**
     * Waits until no task of the group, or of a group inside it, is left. <i>Blocks.</i> Tasks may
     * be started meanwhile, and are waited for too.
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the waiting and cancels nothing else.
     *
     * @throws InterruptedException if the caller was cancelled; failures are suppressed on it
     * @throws ExecutionException if a task failed and the policy is fail fast; the cause is the
     *     first failure in time, up to 16 others are suppressed, further ones counted
     * @throws IllegalStateException if the caller is a task of this group, or runs inside one
     */
    public void await() throws InterruptedException, ExecutionException {
        refuseFromInside("await");
        throwFailure(this::awaitEmpty);
    }

    /**
     * Waits as {@link #await()} does, but no longer than a timeout. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> neither a cancel of the caller nor the timeout cancels the tasks.
     *
     * @param timeout how long to wait at most
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a task failed and the policy is fail fast
     * @throws TimeoutException if a task is left after the timeout
     * @throws IllegalStateException if the caller is a task of this group, or runs inside one
     */
    public void await(Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            if (!isEmpty()) Deadline.after(timeout, clock()).<ExecutionException>run(this::await);
        } catch (TimeoutException e) {
            if (!isEmpty()) throw e;
        }
        refuseFromInside("await");
        throwFailure(() -> {}); // an end that was there goes before a timeout
    }

    /**
     * Starts a task for each body, waits for all, and returns their results. <i>Blocks.</i> The
     * first failure cancels the other bodies and is thrown when they have ended.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the bodies and waits for them.
     *
     * @param <T> the type of the results
     * @param bodies what the tasks do
     * @return the results, in the order of the bodies
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a body failed; the cause is the first failure in time, the
     *     others are suppressed
     * @throws CancellationException if no body failed and one was cancelled
     * @throws IllegalStateException if the group is closed, or the caller runs inside it
     */
    public <T extends @Nullable Object> List<T> gather(
            Collection<? extends Callable<? extends T>> bodies)
            throws InterruptedException, ExecutionException {
        refuseFromInside("gather");
        return Gathering.gather(bodies, body -> this.<T>launch(null, body));
    }

    /**
     * Starts a task for each body, waits for all, and returns how each ended. <i>Blocks.</i> In a
     * group that fails fast, the first failure cancels the other bodies.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the bodies and waits for them.
     *
     * @param <T> the type of the results
     * @param bodies what the tasks do
     * @return how they ended, in the order of the bodies
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the group is closed, or the caller runs inside it
     */
    public <T extends @Nullable Object> List<Outcome<T>> settle(
            Collection<? extends Callable<? extends T>> bodies) throws InterruptedException {
        refuseFromInside("settle");
        return Gathering.settle(bodies, body -> this.<T>launch(null, body));
    }

    /** Asks every task of the group, and of groups inside it, to end. Does not wait. */
    public void cancel() {
        cancel("cancel() was called");
    }

    /**
     * Asks every task of the group, and of groups inside it, to end, and says why. Tasks that are
     * started later end as cancelled, too. Does not wait.
     *
     * @param reason why, for messages and {@link Task#cancelReason()}
     */
    public void cancel(String reason) {
        mark(Objects.requireNonNull(reason, "reason"));
    }

    /**
     * Whether the group is cancelled, by itself or with what it is in.
     *
     * @return true if so
     */
    public boolean isCancelled() {
        return cancellation() != null;
    }

    /**
     * How many tasks of the group, without groups inside it, have not ended.
     *
     * @return the number
     */
    public int size() {
        int[] count = {0};
        registry().forEach(task -> count[0] += task.end() == null ? 1 : 0);
        return count[0];
    }

    /**
     * The tasks of the group, without groups inside it, that have not ended.
     *
     * @return a snapshot, in the order in which they were started
     */
    public List<Task<?>> tasks() {
        List<Task<?>> snapshot = new ArrayList<>();
        registry()
                .forEach(job -> {
                    if (job instanceof Task<?> task && !task.isDone()) snapshot.add(task);
                });
        return List.copyOf(snapshot);
    }

    /**
     * What log lines and messages call the group.
     *
     * @return the name it was opened with
     */
    public String name() {
        return options().name();
    }

    /**
     * Cancels what still runs and waits for it, then logs failures that nobody asked for.
     * <i>Blocks.</i> Further calls wait too, and are without effect.
     *
     * <p>A task that has called {@link System#exit} never comes back. While the JVM shuts down it
     * counts as ended, as one that was cancelled, so a shutdown hook may close its group.
     *
     * <p><i>Cancellation:</i> none; a cancel of the caller is seen by its next blocking call.
     *
     * @throws IllegalStateException if the caller is a task of this group, or runs inside one
     */
    @Override
    public void close() {
        refuseFromInside("close");
        end();
        Scope parent = parent();
        KeepAlive keepAlive = tree().keepAlive();
        if (parent != null) parent.home().release(this);
        else if (keepAlive != null) keepAlive.end();
        logUnobserved();
    }

    /** The path of groups down to this one, and how many tasks it has. */
    @Override
    public String toString() {
        return label() + " (" + size() + " tasks)";
    }
}
