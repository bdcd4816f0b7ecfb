package io.loomline.task;

import io.loomline.log.ErrorText;
import io.loomline.task.GroupOptions.Policy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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
public final class TaskGroup extends Scope.Child implements AutoCloseable {
    private final GroupOptions options;
    private final TreeContext treeWide;
    private final TaskRegistry<Task<?>> tasks = new TaskRegistry<>();
    private final Set<UnobservedFailure> unasked = ConcurrentHashMap.newKeySet();
    private final Failures failures = new Failures();

    /** Fair, so that those who start are served in their order; null without a limit. */
    private final @Nullable Semaphore permits;

    /** The group that keeps this one, if its parent is code of a thread that is outside of it. */
    private final @Nullable TaskGroup host;

    /** Told why, when a task fails and the policy is fail fast. */
    private final Consumer<String> onFailure;

    private volatile boolean closed;

    /** Whether nobody needs to wait for a place any more. */
    private final AtomicBoolean limitLifted = new AtomicBoolean();

    /** Whether a task was cut by a cancel; never taken back. */
    private volatile boolean cut;

    static {
        ExitWatchdog.prepare();
    }

    private TaskGroup(
            @Nullable Scope parent,
            GroupOptions options,
            TreeContext treeWide,
            @Nullable Consumer<String> onFailure) {
        super(parent);
        this.host = parent == null ? null : hostOf(parent);
        this.options = options;
        this.treeWide = treeWide;
        this.onFailure = onFailure == null ? this::mark : onFailure;
        this.permits = options.isLimited() ? new Semaphore(options.maxConcurrent(), true) : null;
    }

    private static @Nullable TaskGroup hostOf(Scope parent) {
        return parent.home() instanceof TaskGroup keeper && !parent.isInside(keeper)
                ? keeper
                : null;
    }

    @Override
    @Nullable Scope host() {
        return host;
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
        if (keepAlive != null) keepAlive.watch(root);
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
        var group = new TaskGroup(parent, options, treeWide, onFailure);
        parent.home().adopt(group);
        if (closed && parent.home() == this) { // a task that runs closes what it has opened
            parent.home().release(group);
            throw isClosed();
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
        boolean mayGoWithout = permits != null && ScopeStack.isCallerInside(this);
        boolean admitted = mayGoWithout ? tryAdmission() : awaitAdmission();
        Task<T> task = create(name, carried, admitted);
        boolean started = false;
        try {
            task.enter(tasks); // before the look at closed: close waits for whoever came in before
            if (closed) cancelOrRefuse(task);
            if (!admitted && !mayGoWithout) task.mark("whoever started it was cancelled");
            KeepAlive keepAlive = treeWide.keepAlive();
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
        if (caller == null || !caller.isInside(this)) throw isClosed();
        task.mark("the group was closed");
    }

    private IllegalStateException isClosed() {
        return new IllegalStateException(label() + " is closed");
    }

    /** Waits for a permit; false if the caller is cancelled, which its next call will say. */
    private boolean awaitAdmission() {
        if (permits == null || tryAdmission()) return true;
        try {
            ScopeStack.checkCurrent();
            permits.acquire();
            return true;
        } catch (InterruptedException e) {
            var _ = ScopeStack.woken(e);
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Takes a permit if one is free and nobody waits for it. Code inside the group does not wait:
     * whoever holds the permits may, directly or not, be waiting for that very code.
     */
    private boolean tryAdmission() {
        if (permits == null) return true;
        openIfCancelled();
        return !permits.hasQueuedThreads() && permits.tryAcquire();
    }

    /** In a group that is cancelled there is nothing to wait for: what is started never runs. */
    private void openIfCancelled() {
        if (permits == null || (cancellation() == null && !closed)) return;
        if (limitLifted.compareAndSet(false, true)) {
            permits.release(Integer.MAX_VALUE - options.maxConcurrent());
        }
    }

    private <T extends @Nullable Object> Callable<T> carried(Callable<T> body) {
        Callable<T> carried = body;
        for (ContextCarrier carrier : treeWide.carriers()) carried = carrier.carry(carried);
        return carried;
    }

    /**
     * A task's body has failed; its handle does not say so yet. Whatever cannot be noted, the
     * siblings are cancelled where the policy says so: others wait for that.
     */
    UnobservedFailure failed(Task<?> task, Throwable exception) {
        UnobservedFailure failure = noted(task, exception);
        if (options.policy() == Policy.FAIL_FAST) { // the group itself will be asked, or closed
            failures.add(failure);
            onFailure.accept(reasonOf(task, exception));
        }
        return failure;
    }

    private UnobservedFailure noted(Task<?> task, Throwable exception) {
        UnobservedFailure failure = UnobservedFailure.UNRECORDED;
        try {
            failure = UnobservedFailure.in(unasked, path() + "/" + task.name(), exception);
            if (options.policy() == Policy.SUPERVISE) failure.logWhenCollected(task);
        } catch (Throwable e) { // memory, or a thread that cannot be started
            if (failure == UnobservedFailure.UNRECORDED) SafeLog.log("{} failed", task, exception);
            SafeLog.log("the failure of {} could not be noted", task, e);
        }
        return failure;
    }

    private static String reasonOf(Task<?> task, Throwable exception) {
        try {
            return task.label() + " failed: " + ErrorText.described(exception);
        } catch (OutOfMemoryError e) {
            return "a task failed";
        }
    }

    void noteCut() {
        if (!cut) cut = true; // so that very many who are cut do not fight for it
    }

    /** Whether a task of the group was cut by a cancel, of whatever. */
    boolean wasCut() {
        return cut;
    }

    boolean isClosing() {
        return closed;
    }

    /** A task that was admitted is done, and everyone who waited for it has been told. */
    void releasePermit() {
        if (permits != null) permits.release();
    }

    TaskRegistry<Task<?>> roster() {
        return tasks;
    }

    Failures failures() {
        return failures;
    }

    Clock clock() {
        return treeWide.clock();
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

    /** Waits, if need be, and throws the first failure; a cancel of the caller goes first. */
    private void throwFailure(Action<RuntimeException> wait)
            throws InterruptedException, ExecutionException {
        try {
            ScopeStack.checkCurrent();
            wait.run();
            if (!failures.isEmpty()) ScopeStack.checkCurrent();
        } catch (InterruptedException e) {
            ExecutionException failure = failures.toException(label());
            InterruptedException cancelled = ScopeStack.woken(e);
            if (failure != null) cancelled.addSuppressed(failure);
            throw cancelled;
        }
        ExecutionException failure = failures.toException(label());
        if (failure != null) throw failure;
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

    @Override
    void awaitEmpty() throws InterruptedException {
        if (!isEmpty()) ExitWatchdog.aboutToWaitFor(this);
        do {
            tasks.awaitEmpty();
            for (Child child : children()) child.awaitEmpty();
        } while (!isEmpty());
    }

    @Override
    boolean isEmpty() {
        return tasks.isEmpty() && children().stream().allMatch(Child::isEmpty);
    }

    @Override
    @Nullable Thread anyThread() {
        for (Child child : children()) { // first: a server's tasks stay for long
            Thread found = child.anyThread();
            if (found != null) return found;
        }
        Task<?> task = tasks.first();
        return task == null ? null : task.thread();
    }

    private void refuseFromInside(String what) {
        ScopeStack caller = ScopeStack.current();
        if (caller != null && ScopeStack.isCallerInside(this)) {
            throw new IllegalStateException(
                    what + " of " + label() + " would wait for its own caller, " + caller.label());
        }
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
        List<? extends Callable<? extends T>> all = List.copyOf(bodies);
        return Gathering.gather(this.<T>starting(all, true), all.size());
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
        List<? extends Callable<? extends T>> all = List.copyOf(bodies);
        return Gathering.settle(this.<T>starting(all, false), all.size());
    }

    /**
     * Starts a task for each body when asked for the next, if so only until one has failed. That is
     * noted by the task itself: when others hear of it, its place in a limited group is free again.
     */
    private <T extends @Nullable Object> Iterator<Task<T>> starting(
            List<? extends Callable<? extends T>> bodies, boolean untilFailure) {
        Iterator<? extends Callable<? extends T>> rest = bodies.iterator();
        var failed = new AtomicBoolean();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rest.hasNext() && !(untilFailure && failed.get());
            }

            @Override
            public Task<T> next() {
                Callable<? extends T> body = rest.next();
                return launch(null, () -> call(body, failed));
            }
        };
    }

    private static <T extends @Nullable Object> T call(
            Callable<? extends T> body, AtomicBoolean failed) throws Exception {
        try {
            return body.call();
        } catch (Throwable e) {
            failed.set(true);
            throw e;
        }
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

    @Override
    CancelWatchdog reminders() {
        return treeWide.reminders();
    }

    @Override
    boolean isQuiet() {
        return isEmpty();
    }

    @Override
    void visit(Consumer<? super RunningThread> visitor) {
        tasks.forEach(task -> task.visit(visitor));
        for (Child child : children()) child.visit(visitor);
    }

    @Override
    void wake() {
        openIfCancelled();
        tasks.forEach(Task::wake);
        for (Child child : children()) child.wake();
    }

    /**
     * How many tasks of the group, without groups inside it, have not ended.
     *
     * @return the number
     */
    public int size() {
        int[] count = {0};
        tasks.forEach(task -> count[0] += task.isDone() ? 0 : 1);
        return count[0];
    }

    /**
     * The tasks of the group, without groups inside it, that have not ended.
     *
     * @return a snapshot, in the order in which they were started
     */
    public List<Task<?>> tasks() {
        List<Task<?>> snapshot = new ArrayList<>();
        tasks.forEach(task -> {
            if (!task.isDone()) snapshot.add(task);
        });
        return List.copyOf(snapshot);
    }

    /**
     * What log lines and messages call the group.
     *
     * @return the name it was opened with
     */
    public String name() {
        return options.name();
    }

    @Override
    String label() {
        return "group '" + path() + "'";
    }

    /** The names from the root down to this group. */
    String path() {
        for (Scope node = parent(); node != null; node = node.parent()) {
            if (node instanceof TaskGroup group) return group.path() + "/" + name();
            if (node instanceof Task<?> task) {
                return task.group().path() + "/" + task.name() + "/" + name();
            }
        }
        return host == null ? name() : host.path() + "/" + name();
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
        KeepAlive keepAlive = treeWide.keepAlive();
        if (parent != null) parent.home().release(this);
        else if (keepAlive != null) keepAlive.end();
        unasked.forEach(UnobservedFailure::log); // which never throws
    }

    /** Closes the group but for its failures, which the caller sees to before it closes it. */
    void end() {
        closed = true;
        openIfCancelled();
        if (!isEmpty()) {
            cancelThoseInside();
            ExitWatchdog.aboutToWaitFor(this);
        }
        for (Child child : children()) child.close();
        tasks.awaitEmptyUninterruptibly();
        reminders().forget(this);
    }

    /** Once for the whole tree: a cancel from above has reached those it walks to. */
    private void cancelThoseInside() {
        if (cancellation() == null) {
            mark("the group was closed");
        } else {
            reminders().watch(this);
            if (host != null) wake(); // it is not kept by what was cancelled
        }
    }

    /** The path of groups down to this one, and how many tasks it has. */
    @Override
    public String toString() {
        return label() + " (" + size() + " tasks)";
    }
}
