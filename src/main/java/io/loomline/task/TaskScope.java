package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ForeignInterrupt;
import io.loomline.task.supervision.RunningThread;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * A group for the length of a block of code. {@code Runtime.scope} is the usual way in; this is for
 * those who have a group and no runtime.
 */
public final class TaskScope {
    private static final GroupOptions FAILING_FAST = GroupOptions.DEFAULT.withName("scope");

    private TaskScope() {}

    /**
     * Opens a group that fails fast, runs a body with it on the calling thread, waits for the
     * group's tasks and closes it. <i>Blocks.</i> The first task that fails cancels the others and
     * the body; a body that throws cancels the tasks. When this returns or throws, no task is left.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the body and the tasks. The group's
     * own {@code cancel} ends its tasks, not the body, and is no failure.
     *
     * @param <T> the type of the result
     * @param <X> what the body throws
     * @param parent the group that the new one belongs to
     * @param body what to run
     * @return what the body returned
     * @throws X if the body threw it; failures of tasks are suppressed on it
     * @throws InterruptedException if the caller was cancelled; failures of tasks are suppressed
     * @throws ExecutionException if a task failed; the cause is the first failure in time
     * @throws IllegalStateException if the parent is closed
     */
    public static <T extends @Nullable Object, X extends Exception> T run(
            TaskGroup parent, ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        return run(parent, FAILING_FAST, body);
    }

    /**
     * Opens a group, runs a body with it on the calling thread, waits for the group's tasks and
     * closes it. <i>Blocks.</i> A body that throws cancels the tasks. Under {@code FAIL_FAST} the
     * first task that fails cancels the others and the body; under {@code SUPERVISE} a failure is
     * its task's own. When this returns or throws, no task is left.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the body and the tasks. The group's
     * own {@code cancel} ends its tasks, not the body, and is no failure.
     *
     * @param <T> the type of the result
     * @param <X> what the body throws
     * @param parent the group that the new one belongs to
     * @param options how the new one treats its tasks
     * @param body what to run
     * @return what the body returned
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
        ScopeStack strand = ScopeStack.currentOrNew();
        var scope = new BodyScope(strand, strand.canKeepGroupsOf(parent) ? strand : parent);
        TaskGroup group = parent.openFor(scope, options, scope::mark);
        try {
            return runAndAwait(strand, scope, group, body);
        } finally {
            group.close();
            if (scope.isMarked()) scope.forgetCancel();
        }
    }

    private static <T extends @Nullable Object, X extends Exception> T runAndAwait(
            ScopeStack strand, BodyScope scope, TaskGroup group, ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        T result;
        try {
            result = strand.<T, Exception>run(scope, () -> body.run(group));
        } catch (Throwable e) {
            // looked at now, because what the tasks throw when they are cut marks the scope too
            boolean cutByFailure =
                    scope.isMarked() && Cancellation.causes(e) && !(e instanceof ForeignInterrupt);
            throw TaskScope.<X>asDeclared(ended(e, cutByFailure, group));
        }
        try {
            if (!group.isEmpty()) ScopeStack.checkCurrent();
            group.awaitEmpty();
            if (group.wasCut())
                ScopeStack.checkCurrent(); // by what is around us, and not yet seen here
        } catch (InterruptedException e) {
            throw TaskScope.<X>asDeclared(ended(ScopeStack.woken(e), false, group));
        }
        ExecutionException failure = group.failures().toException(group.label());
        if (failure != null) throw failure;
        return result;
    }

    /**
     * Ends the tasks, because the block ends early, and gives what to throw. A body that was cut
     * because a task failed has nothing to say of its own.
     */
    private static Throwable ended(Throwable e, boolean cutByFailure, TaskGroup group) {
        group.end();
        ScopeStack outside = ScopeStack.current();
        boolean isCancelled = outside != null && outside.innermost().cancellation() != null;
        if (cutByFailure && !isCancelled) {
            ExecutionException failure = group.failures().toException(group.label());
            if (failure != null) return failure;
        }
        group.failures().suppressOn(e);
        return e;
    }

    /** A block declares one exception type of its own besides the two that are ours. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Exception> X asDeclared(Throwable e)
            throws InterruptedException, ExecutionException {
        if (e instanceof InterruptedException interrupted) throw interrupted;
        if (e instanceof ExecutionException failed) throw failed;
        if (e instanceof Error error) throw error;
        return (X) e;
    }

    /** Where the body runs; the group's tasks are beneath it. */
    private static final class BodyScope extends Scope {
        private final ScopeStack strand;
        private final Scope home;

        BodyScope(ScopeStack strand, Scope home) {
            super(strand.innermost());
            this.strand = strand;
            this.home = home;
        }

        @Override
        String label() {
            return "scope";
        }

        @Override
        Scope home() {
            return home;
        }

        @Override
        void wake() {
            strand.wake();
            for (Child child : keptElsewhere()) child.wake();
        }

        /** The groups inside that the strand does not know of, because another group keeps them. */
        private List<Child> keptElsewhere() {
            if (home == strand) return List.of();
            return home.children().stream().filter(child -> child.isInside(this)).toList();
        }

        @Override
        boolean isQuiet() {
            return false;
        }

        @Override
        void visit(Consumer<? super RunningThread> visitor) {
            strand.visit(visitor);
            for (Child child : keptElsewhere()) child.visit(visitor);
        }

        @Override
        CancelWatchdog watchdog() {
            return home.watchdog();
        }
    }
}
