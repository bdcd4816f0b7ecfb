package io.loomline.task;

import io.loomline.log.SafeLog;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.ExitWatchdog;
import io.loomline.task.supervision.Failures;
import io.loomline.task.supervision.GroupFailures;
import io.loomline.task.supervision.RunningThread;
import io.loomline.task.supervision.StartLimit;
import io.loomline.task.supervision.TaskRegistry;
import io.loomline.task.supervision.UnobservedFailure;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** A group as a node of the tree: its tasks, its limit, its failures, and the groups inside it. */
abstract class GroupScope extends Scope.Child {
    final GroupOptions options;
    final TreeContext tree;
    final TaskRegistry<Job<?>> tasks = new TaskRegistry<>();
    private final GroupFailures<Job<?>> failures;

    /** Null without a limit. */
    private final @Nullable StartLimit limit;

    /** The owner, if the parent is code of a thread outside of it; otherwise null. */
    private final @Nullable GroupScope outsideOwner;

    private volatile boolean closed;

    /** Whether a task has ended by a cancel; never reset. */
    private volatile boolean hadCancelledTask;

    static {
        ExitWatchdog.prepare();
        SafeLog.prepare();
    }

    GroupScope(
            @Nullable Scope parent,
            GroupOptions options,
            TreeContext tree,
            @Nullable Consumer<String> onFailure) {
        super(parent);
        this.outsideOwner = parent == null ? null : outsideOwnerOf(parent);
        this.options = options;
        this.tree = tree;
        this.failures =
                new GroupFailures<>(
                        options.policy() == Policy.FAIL_FAST,
                        onFailure == null ? this::mark : onFailure,
                        Job::label,
                        Job::path);
        this.limit = options.isLimited() ? new StartLimit(options.maxConcurrent()) : null;
    }

    private static @Nullable GroupScope outsideOwnerOf(Scope parent) {
        return parent.groupOwner() instanceof GroupScope owner && !parent.isInside(owner)
                ? owner
                : null;
    }

    @Override
    @Nullable Scope outsideOwner() {
        return outsideOwner;
    }

    final boolean isLimited() {
        return limit != null;
    }

    /**
     * Takes a permit; false if the caller is cancelled, or may not wait and none is free. Code
     * inside the group must not wait: the tasks that hold the permits may be waiting for that very
     * code.
     */
    final boolean awaitPermit(boolean mayWait) {
        if (limit == null) return true;
        liftLimitIfCancelled();
        if (limit.tryPermit()) return true;
        if (!mayWait) return false;
        try {
            ScopeStack.awaitCancellably(limit::awaitPermit);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the caller's next call throws
            return false;
        }
    }

    /** In a cancelled group, starts must not wait: their tasks never run. */
    private void liftLimitIfCancelled() {
        if (limit != null && (cancellation() != null || closed)) limit.lift();
    }

    /** Records the failure of a task's body, before the task ends. */
    final UnobservedFailure recordFailure(Job<?> task, Throwable exception) {
        return failures.add(task, exception);
    }

    final void noteCancelledTask() {
        // checked first, so that thousands of tasks do not contend for the field
        if (!hadCancelledTask) hadCancelledTask = true;
    }

    /** Whether a task of the group has ended by a cancel, of any scope. */
    final boolean hadCancelledTask() {
        return hadCancelledTask;
    }

    final boolean isClosed() {
        return closed;
    }

    final void releasePermit() {
        if (limit != null) limit.release();
    }

    final Failures failures() {
        return failures.thrown();
    }

    final Clock clock() {
        return tree.clock();
    }

    /** Runs a wait, then throws the first failure. A cancel of the caller takes precedence. */
    final void throwFailureAfter(Action<RuntimeException> wait)
            throws InterruptedException, ExecutionException {
        try {
            ScopeStack.awaitCancellably(wait);
            if (!failures().isEmpty()) ScopeStack.checkCurrent();
        } catch (InterruptedException cancelled) {
            ExecutionException failure = failures().toException(label());
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

    /** The number of tasks of this group and of all groups inside it. */
    final int countThreads() {
        int[] count = {0};
        forEachThread(_ -> count[0]++);
        return count[0];
    }

    @Override
    @Nullable Thread anyThread() {
        for (Child child : children()) { // first: a server's tasks run for long
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

    final void refuseFromInside(String operation) {
        ScopeStack caller = ScopeStack.current();
        if (caller != null && ScopeStack.isCallerInside(this)) {
            throw new IllegalStateException(
                    "%s of %s would wait for its own caller, %s"
                            .formatted(operation, label(), caller.label()));
        }
    }

    @Override
    CancelWatchdog<Scope> watchdog() {
        return tree.watchdog();
    }

    @Override
    boolean hasEnded() {
        return isEmpty();
    }

    @Override
    void forEachThread(Consumer<? super RunningThread> visitor) {
        tasks.forEach(task -> task.forEachThread(visitor));
        for (Child child : children()) child.forEachThread(visitor);
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
        for (Scope node = parent; node != null; node = node.parent) {
            if (node instanceof GroupScope group) return group.path() + "/" + name;
            if (node instanceof Job<?> task) return task.path() + "/" + name;
        }
        return outsideOwner == null ? name : outsideOwner.path() + "/" + name;
    }

    /** Closes the group to new tasks, cancels the running ones and waits for them. */
    final void end() {
        closed = true;
        liftLimitIfCancelled();
        if (!isEmpty()) {
            cancelTasks();
            prepareToWait();
        }
        for (Child child : children()) child.close();
        tasks.awaitEmptyUninterruptibly();
        stopWatchdog();
    }

    /** If an outer cancel has interrupted the tasks already, only the watchdog is started. */
    private void cancelTasks() {
        if (cancellation() == null) {
            mark("the group was closed");
        } else {
            startWatchdog();
            if (outsideOwner != null) wake(); // a cancel of the parent does not reach it
        }
    }
}
