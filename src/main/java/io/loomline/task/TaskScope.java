package io.loomline.task;

import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ForeignInterrupt;
import io.loomline.task.supervision.RunningThread;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * Runs a block of code with a group of its own. Most users call {@code Runtime.scope}; this class
 * is for code that has a group and no runtime.
 */
public final class TaskScope {
    private static final GroupOptions FAIL_FAST = GroupOptions.DEFAULT.withName("scope");

    private TaskScope() {}

    /**
     * Runs a body with a new group that fails fast, as {@link #run(TaskGroup, GroupOptions,
     * ScopeBody)} does. <i>Blocks.</i>
     *
     * @param <T> the type of the result
     * @param <X> the exception type of the body
     * @param parent the parent of the new group
     * @param body the code to run
     * @return the body's result
     * @throws X if the body threw it; failures of tasks are suppressed on it
     * @throws InterruptedException if the caller was cancelled; failures of tasks are suppressed
     * @throws ExecutionException if a task failed; the cause is the first failure in time
     * @throws IllegalStateException if the parent is closed
     */
    public static <T extends @Nullable Object, X extends Exception> T run(
            TaskGroup parent, ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        return run(parent, FAIL_FAST, body);
    }

    /**
     * Opens a group, runs a body with it on the calling thread, waits for the group's tasks and
     * closes it. <i>Blocks.</i> A body that throws cancels the tasks. Under {@code FAIL_FAST} the
     * first task that fails cancels the others and the body; under {@code SUPERVISE} a failing task
     * affects no other code. When this returns or throws, no task is left.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the body and the tasks. The group's
     * own {@code cancel} ends its tasks, not the body, and is no failure.
     *
     * @param <T> the type of the result
     * @param <X> the exception type of the body
     * @param parent the parent of the new group
     * @param options the options of the new group
     * @param body the code to run
     * @return the body's result
     * @throws X if the body threw it; failures of tasks are suppressed on it
     * @throws InterruptedException if the caller was cancelled; failures of tasks are suppressed
     * @throws ExecutionException if a task failed and the policy is fail fast; the cause is the
     *     first failure in time
     * @throws IllegalStateException if the parent is closed
     */
    public static <T extends @Nullable Object, X extends Exception> T run(
            TaskGroup parent, GroupOptions options, ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(body, "body");
        ScopeStack stack = ScopeStack.currentOrNew();
        var scope = new BodyScope(stack, stack.canOwnGroupsOf(parent) ? stack : parent);
        TaskGroup group = parent.openIn(scope, options, scope::mark);
        try {
            return runAndAwait(scope, group, body);
        } finally {
            group.close();
            if (scope.isMarked()) scope.stopWatchdog();
        }
    }

    private static <T extends @Nullable Object, X extends Exception> T runAndAwait(
            BodyScope scope, TaskGroup group, ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        T result;
        try {
            result = scope.stack.<T, Exception>run(scope, () -> body.run(group));
        } catch (Throwable e) {
            // determined before the tasks end, because their failures mark the scope as well
            boolean cancelledByFailure =
                    scope.isMarked() && Cancellation.causes(e) && !(e instanceof ForeignInterrupt);
            throw TaskScope.<X>asDeclared(ended(e, cancelledByFailure, group));
        }
        try {
            if (!group.isEmpty()) ScopeStack.awaitCancellably(group::awaitEmpty);
            // a task may have seen a cancel of the caller before the caller does
            if (group.hadCancelledTask()) ScopeStack.checkCurrent();
        } catch (InterruptedException e) {
            throw TaskScope.<X>asDeclared(ended(e, false, group));
        }
        ExecutionException failure = group.failures().toException(group.label());
        if (failure != null) throw failure;
        return result;
    }

    /**
     * Ends the tasks early and returns the exception to throw. If the failure of a task cancelled
     * the body, that failure is thrown instead of the body's exception.
     */
    private static Throwable ended(Throwable e, boolean cancelledByFailure, TaskGroup group) {
        group.end();
        ScopeStack outside = ScopeStack.current();
        boolean isCancelled = outside != null && outside.innermost().cancellation() != null;
        if (cancelledByFailure && !isCancelled) {
            ExecutionException failure = group.failures().toException(group.label());
            if (failure != null) return failure;
        }
        group.failures().suppressOn(e);
        return e;
    }

    /** {@code run} declares three exception types; everything thrown has one of them. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Exception> X asDeclared(Throwable e)
            throws InterruptedException, ExecutionException {
        if (e instanceof InterruptedException interrupted) throw interrupted;
        if (e instanceof ExecutionException failed) throw failed;
        if (e instanceof Error error) throw error;
        return (X) e;
    }

    /** The scope of the body; the group's tasks are beneath it. */
    private static final class BodyScope extends CodeScope {
        private final Scope groupOwner;

        BodyScope(ScopeStack stack, Scope groupOwner) {
            super(stack);
            this.groupOwner = groupOwner;
        }

        @Override
        String label() {
            return "scope";
        }

        @Override
        Scope groupOwner() {
            return groupOwner;
        }

        @Override
        void wake() {
            super.wake();
            for (Child child : ownedElsewhere()) child.wake();
        }

        /** The groups inside that the stack does not reach, because another group owns them. */
        private List<Child> ownedElsewhere() {
            if (groupOwner == stack) return List.of();
            return groupOwner.children().stream().filter(child -> child.isInside(this)).toList();
        }

        @Override
        boolean hasEnded() {
            return false;
        }

        @Override
        void forEachThread(Consumer<? super RunningThread> visitor) {
            super.forEachThread(visitor);
            for (Child child : ownedElsewhere()) child.forEachThread(visitor);
        }
    }
}
