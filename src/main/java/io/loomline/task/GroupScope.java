package io.loomline.task;

import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.ExitWatchdog;
import io.loomline.task.supervision.Failures;
import io.loomline.task.supervision.GroupFailures;
import io.loomline.task.supervision.RunningThread;
import io.loomline.task.supervision.TaskRegistry;
import io.loomline.task.supervision.UnobservedFailure;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** A group as a node of the tree: its tasks, its limit, its failures, and the groups inside it. */
abstract class GroupScope extends Scope.Child {
    private final GroupOptions options;
    private final TreeContext tree;
    private final TaskRegistry<Job<?>> tasks = new TaskRegistry<>();
    private final GroupFailures failures;

    /** Null without a limit. */
    private final @Nullable StartLimit limit;

    /** The group that keeps this one, if its parent is code of a thread that is outside of it. */
    private final @Nullable GroupScope host;

    private volatile boolean closed;

    /** Whether a task was cut by a cancel; never taken back. */
    private volatile boolean cut;

    static {
        ExitWatchdog.prepare();
    }

    GroupScope(
            @Nullable Scope parent,
            GroupOptions options,
            TreeContext tree,
            @Nullable Consumer<String> onFailure) {
        super(parent);
        this.host = parent == null ? null : hostOf(parent);
        this.options = options;
        this.tree = tree;
        this.failures =
                new GroupFailures(
                        options.policy() == Policy.FAIL_FAST,
                        onFailure == null ? this::mark : onFailure);
        this.limit = StartLimit.of(options);
    }

    private static @Nullable GroupScope hostOf(Scope parent) {
        return parent.home() instanceof GroupScope keeper && !parent.isInside(keeper)
                ? keeper
                : null;
    }

    @Override
    @Nullable Scope host() {
        return host;
    }

    final boolean isLimited() {
        return limit != null;
    }

    /**
     * Takes a permit. Code inside the group does not wait for one: the tasks that hold the permits
     * may wait, directly or not, for that very code.
     */
    final boolean awaitAdmission(boolean mayWait) {
        if (limit == null) return true;
        liftLimitIfCancelled();
        return mayWait ? limit.awaitPermit() : limit.tryPermit();
    }

    /** In a cancelled group there is nothing to wait for: tasks that are started never run. */
    private void liftLimitIfCancelled() {
        if (limit != null && (cancellation() != null || closed)) limit.lift();
    }

    /** Records the failure of a task's body before the task itself shows it. */
    final UnobservedFailure failed(Job<?> task, Throwable exception) {
        return failures.add(task, task.label(), task.path(), exception);
    }

    final void noteCut() {
        if (!cut) cut = true; // so that very many who are cut do not fight for it
    }

    /** Whether a task of the group was cut by a cancel, of whatever. */
    final boolean wasCut() {
        return cut;
    }

    final boolean isClosed() {
        return closed;
    }

    final GroupOptions options() {
        return options;
    }

    final TreeContext tree() {
        return tree;
    }

    /** A task that was admitted is done, and everyone who waited for it has been told. */
    final void releasePermit() {
        if (limit != null) limit.release();
    }

    final TaskRegistry<Job<?>> registry() {
        return tasks;
    }

    final Failures failures() {
        return failures.thrown();
    }

    final Clock clock() {
        return tree.clock();
    }

    /** Waits, if need be, and throws the first failure; a cancel of the caller goes first. */
    final void throwFailure(Action<RuntimeException> wait)
            throws InterruptedException, ExecutionException {
        try {
            ScopeStack.checkCurrent();
            wait.run();
            if (!failures().isEmpty()) ScopeStack.checkCurrent();
        } catch (InterruptedException e) {
            ExecutionException failure = failures().toException(label());
            InterruptedException cancelled = ScopeStack.woken(e);
            if (failure != null) cancelled.addSuppressed(failure);
            throw cancelled;
        }
        ExecutionException failure = failures().toException(label());
        if (failure != null) throw failure;
    }

    @Override
    void awaitEmpty() throws InterruptedException {
        if (!isEmpty()) prepareToWait();
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
        Job<?> task = tasks.first();
        return task == null ? null : task.thread();
    }

    /** Logs the failures that no code has observed. Never throws. */
    final void logUnobserved() {
        failures.logUnobserved();
    }

    final void refuseFromInside(String what) {
        ScopeStack caller = ScopeStack.current();
        if (caller != null && ScopeStack.isCallerInside(this)) {
            throw new IllegalStateException(
                    what + " of " + label() + " would wait for its own caller, " + caller.label());
        }
    }

    @Override
    CancelWatchdog watchdog() {
        return tree.watchdog();
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
        liftLimitIfCancelled();
        tasks.forEach(Job::wake);
        for (Child child : children()) child.wake();
    }

    @Override
    String label() {
        return "group '" + path() + "'";
    }

    /** The names from the root down to this group. */
    final String path() {
        String name = options.name();
        for (Scope node = parent(); node != null; node = node.parent()) {
            if (node instanceof GroupScope group) return group.path() + "/" + name;
            if (node instanceof Job<?> task) return task.path() + "/" + name;
        }
        return host == null ? name : host.path() + "/" + name;
    }

    /** Closes the group but for its failures, which the caller sees to before it closes it. */
    final void end() {
        closed = true;
        liftLimitIfCancelled();
        if (!isEmpty()) {
            cancelThoseInside();
            prepareToWait();
        }
        for (Child child : children()) child.close();
        tasks.awaitEmptyUninterruptibly();
        forgetCancel();
    }

    /** Once for the whole tree: a cancel from above has reached those it walks to. */
    private void cancelThoseInside() {
        if (cancellation() == null) {
            mark("the group was closed");
        } else {
            remind();
            if (host != null) wake(); // it is not kept by what was cancelled
        }
    }
}
