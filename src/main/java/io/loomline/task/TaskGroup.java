package io.loomline.task;

import io.loomline.task.Gathering.Stop;
import io.loomline.task.supervision.KeepAlive;
import io.loomline.task.supervision.TreeAccess;

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
 * Tasks that are awaited, cancelled and closed together. Closing the group cancels its running
 * tasks and waits for them, so no task outlives its group. A task closes the groups that were
 * opened in it before it ends.
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
    static {
        TreeAccess.install(new TreeReader());
    }

    private TaskGroup(
            @Nullable Scope parent,
            GroupOptions options,
            TreeContext tree,
            @Nullable Consumer<String> onFailure) {
        super(parent, options, tree, onFailure);
    }

    /**
     * {@return a new root group, whose tasks inherit no context and do not keep the JVM alive}
     *
     * @param options the options of the group
     * @param clock the clock of all waits in the tree
     */
    public static TaskGroup root(GroupOptions options, Clock clock) {
        return root(options, clock, List.of());
    }

    /**
     * {@return a new root group, whose tasks do not keep the JVM alive}
     *
     * @param options the options of the group
     * @param clock the clock of all waits in the tree
     * @param carriers the context that a task inherits from the thread that starts it
     */
    public static TaskGroup root(GroupOptions options, Clock clock, List<ContextCarrier> carriers) {
        return root(options, clock, carriers, true);
    }

    /**
     * {@return a new root group: the root of a tree of groups and tasks}
     *
     * @param options the options of the group
     * @param clock the clock of all waits in the tree
     * @param carriers the context that a task inherits from the thread that starts it
     * @param daemon whether the JVM may end while tasks of the tree run
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
     * {@return a new group inside this one}
     *
     * @param options the options of the group
     * @throws IllegalStateException if this group is closed
     */
    public TaskGroup child(GroupOptions options) {
        return openIn(this, options, null);
    }

    /**
     * {@return a new group inside the calling task if that runs beneath this group, otherwise
     * inside this group}
     *
     * @param options the options of the group
     * @throws IllegalStateException if this group is closed
     */
    public TaskGroup open(GroupOptions options) {
        ScopeStack caller = ScopeStack.current();
        if (caller == null || !caller.canOwnGroupsOf(this)) return openIn(this, options, null);
        return openIn(caller.innermost(), options, null);
    }

    /**
     * {@code onFailure} gets the first failure under FAIL_FAST; by default the group is cancelled.
     */
    TaskGroup openIn(Scope parent, GroupOptions options, @Nullable Consumer<String> onFailure) {
        Objects.requireNonNull(options, "options");
        var group = new TaskGroup(parent, options, tree, onFailure);
        Scope owner = parent.groupOwner();
        owner.addChild(group);
        if (isClosed() && owner == this) { // a running task closes its groups itself
            owner.removeChild(group);
            throw closedException();
        }
        return group;
    }

    /**
     * Starts a task. <i>Blocks</i> while the group is at its limit, unless the caller runs inside
     * the group: see {@link GroupOptions#withLimit}.
     *
     * @param <T> the type of the result
     * @param body the code of the task
     * @return the task; if the group is cancelled, the task never runs and ends as cancelled
     * @throws IllegalStateException if the group is closed
     */
    public <T extends @Nullable Object> Task<T> start(Callable<T> body) {
        return launch(Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task with a name, as {@link #start(Callable)} does.
     *
     * @param <T> the type of the result
     * @param name the name in log lines, thread dumps and messages
     * @param body the code of the task
     * @return the task
     */
    public <T extends @Nullable Object> Task<T> start(String name, Callable<T> body) {
        return launch(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task without a result, as {@link #start(Callable)} does.
     *
     * @param body the code of the task
     * @return the task
     */
    public Task<Void> start(TaskBody body) {
        return launch(withoutResult(body));
    }

    /**
     * Starts a task with a name and without a result, as {@link #start(Callable)} does.
     *
     * @param name the name in log lines, thread dumps and messages
     * @param body the code of the task
     * @return the task
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

    private <T extends @Nullable Object> Task<T> launch(Callable<T> body) {
        return launch(null, body);
    }

    private <T extends @Nullable Object> Task<T> launch(@Nullable String name, Callable<T> body) {
        Callable<T> carried = carried(body);
        boolean needsPermit = isLimited() && !ScopeStack.isCallerInside(this);
        boolean hasPermit = awaitPermit(needsPermit);
        Task<T> task = create(name, carried, hasPermit);
        boolean started = false;
        try {
            // entered before the check: close waits for every task that entered before it
            task.enter(tasks);
            if (isClosed()) cancelOrRefuse(task);
            if (!hasPermit && needsPermit) task.mark("the caller of start was cancelled");
            KeepAlive keepAlive = tree.keepAlive();
            if (keepAlive != null) keepAlive.turnOn();
            task.thread().start();
            started = true;
            return task;
        } finally {
            if (!started) task.endUnstarted();
        }
    }

    private <T extends @Nullable Object> Task<T> create(
            @Nullable String name, Callable<T> body, boolean hasPermit) {
        try {
            return new Task<>(this, name, body, hasPermit);
        } catch (Throwable e) { // for example, out of memory
            if (hasPermit) releasePermit();
            throw e;
        }
    }

    /** Code inside a group that is being closed can still start tasks, which end as cancelled. */
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
        for (ContextCarrier carrier : tree.carriers()) carried = carrier.carry(carried);
        return carried;
    }

    /**
     * Waits until no task of the group, or of a group inside it, is left, including tasks that are
     * started meanwhile. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the wait and does not affect the tasks.
     *
     * @throws InterruptedException if the caller was cancelled; failures are suppressed on it
     * @throws ExecutionException if a task failed and the policy is fail fast; the cause is the
     *     first failure in time, up to 16 others are suppressed, further ones counted
     * @throws IllegalStateException if the caller is a task of this group, or runs inside one
     */
    public void await() throws InterruptedException, ExecutionException {
        refuseFromInside("await");
        throwFailureAfter(this::awaitEmpty);
    }

    /**
     * Waits as {@link #await()} does, but no longer than a timeout. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> neither a cancel of the caller nor the timeout affects the tasks.
     *
     * @param timeout the longest time to wait
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a task failed and the policy is fail fast
     * @throws TimeoutException if a task is left after the timeout
     */
    public void await(Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            if (!isEmpty()) Deadline.after(timeout, clock()).<ExecutionException>run(this::await);
        } catch (TimeoutException e) {
            int left = isEmpty() ? 0 : countThreads();
            if (left > 0) throw tasksLeftAfter(timeout, left, e);
        }
        refuseFromInside("await");
        throwFailureAfter(() -> {}); // if tasks and timeout end together, the end takes precedence
    }

    private TimeoutException tasksLeftAfter(Duration timeout, int left, TimeoutException e) {
        String tasks = left == 1 ? "1 running task" : left + " running tasks";
        var timedOut = new TimeoutException(label() + " has " + tasks + " left after " + timeout);
        timedOut.initCause(e.getCause()); // has the failures suppressed
        return timedOut;
    }

    /**
     * Starts a task for each body, waits for all, and returns their results. <i>Blocks.</i> If one
     * fails or is cancelled, the others are cancelled too, and this throws once all have ended.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param bodies the code of the tasks
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
        return Gathering.ofBodies(bodies, this::<T>launch, Stop.AT_FIRST_UNSUCCESSFUL).results();
    }

    /**
     * Starts a task for each item, waits for all, and returns their results, as {@link
     * #gather(Collection)} does. <i>Blocks.</i>
     *
     * <pre>{@code
     * List<String> titles = group.gather(urls, url -> titleOf(url));
     * }</pre>
     *
     * @param <I> the type of the items
     * @param <T> the type of the results
     * @param items the items
     * @param body the code of each task
     * @return the results, in the order of the items
     * @throws InterruptedException if the caller was cancelled
     * @throws ExecutionException if a body failed
     */
    public <I extends @Nullable Object, T extends @Nullable Object> List<T> gather(
            Collection<? extends I> items, TaskFunction<? super I, ? extends T> body)
            throws InterruptedException, ExecutionException {
        Objects.requireNonNull(body, "body");
        List<Callable<T>> bodies = new ArrayList<>(items.size());
        for (I item : items) bodies.add(() -> body.apply(item));
        return gather(bodies);
    }

    /**
     * Starts a task for each body, waits for all, and returns how each ended. <i>Blocks.</i> In a
     * group that fails fast, the first failure cancels the other bodies.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the tasks and waits for them.
     *
     * @param <T> the type of the results
     * @param bodies the code of the tasks
     * @return the outcomes, in the order of the bodies
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the group is closed, or the caller runs inside it
     */
    public <T extends @Nullable Object> List<Outcome<T>> settle(
            Collection<? extends Callable<? extends T>> bodies) throws InterruptedException {
        refuseFromInside("settle");
        return Gathering.ofBodies(bodies, this::<T>launch, Stop.AT_LAST).outcomes();
    }

    /** Requests a cancel of every task of the group, and of groups inside it. Does not wait. */
    public void cancel() {
        cancel("cancel() was called");
    }

    /**
     * Requests a cancel of every task of the group, and of groups inside it, for a reason. Tasks
     * started later end as cancelled, too. Does not wait.
     *
     * @param reason the reason, for messages and {@link Task#cancelReason()}
     */
    public void cancel(String reason) {
        mark(Objects.requireNonNull(reason, "reason"));
    }

    /** {@return whether the group, or a task or group that it is inside, is cancelled} */
    public boolean isCancelled() {
        return cancellation() != null;
    }

    /** {@return the number of running tasks of the group, without the tasks of groups inside it} */
    public int size() {
        int[] count = {0};
        tasks.forEach(task -> count[0] += task.hasEnded() ? 0 : 1);
        return count[0];
    }

    /**
     * {@return a snapshot of the running tasks of the group, without the tasks of groups inside it,
     * in the order in which they were started}
     */
    public List<Task<?>> tasks() {
        List<Task<?>> snapshot = new ArrayList<>();
        tasks.forEach(job -> {
            if (job instanceof Task<?> task && !task.isDone()) snapshot.add(task);
        });
        return List.copyOf(snapshot);
    }

    /** {@return the name in log lines and messages} */
    public String name() {
        return options.name();
    }

    /**
     * Cancels the running tasks, waits for them, and logs failures that no code has observed.
     * <i>Blocks.</i> Further calls wait too, and have no other effect.
     *
     * <p>A task that has called {@link System#exit} never returns. While the JVM shuts down it
     * counts as cancelled and ended, so a shutdown hook may close its group.
     *
     * <p><i>Cancellation:</i> none; the next blocking call of the caller sees a cancel.
     *
     * @throws IllegalStateException if the caller is a task of this group, or runs inside one
     */
    @Override
    public void close() {
        refuseFromInside("close");
        end();
        Scope outer = parent;
        KeepAlive keepAlive = tree.keepAlive();
        if (outer != null) outer.groupOwner().removeChild(this);
        else if (keepAlive != null) keepAlive.end();
        logUnobserved();
    }

    /** The path of groups down to this one, and the number of its tasks. */
    @Override
    public String toString() {
        return label() + " (" + size() + " tasks)";
    }
}
