package io.loomline.net;

import io.loomline.task.Clock;
import io.loomline.task.GroupOptions;
import io.loomline.task.ScopeBody;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.TaskScope;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.ExecutionException;

/**
 * A scope for the tasks of one call, such as the second direction of a relay. Its group belongs to
 * the group of the calling task, or to none outside a task.
 */
final class CallersScope {
    private CallersScope() {}

    /**
     * Runs a body as {@link TaskScope#run(TaskGroup, ScopeBody)} does, whose tasks fail only with
     * an {@code IOException} or an unchecked exception. Throws the failure of a task unwrapped.
     */
    static <T extends @Nullable Object, X extends Exception> T run(
            String name, Clock clock, ScopeBody<T, X> body)
            throws X, IOException, InterruptedException {
        try {
            TaskGroup parent = callersGroup();
            if (parent != null) return TaskScope.run(parent, body);
            try (var own = TaskGroup.root(GroupOptions.DEFAULT.withName(name), clock)) {
                return TaskScope.run(own, body);
            }
        } catch (ExecutionException e) {
            throw unwrapped(e);
        }
    }

    private static IOException unwrapped(ExecutionException e) {
        return switch (e.getCause()) {
            case IOException failure -> failure;
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            case null, default -> throw new AssertionError("expected an exception of a task", e);
        };
    }

    /** The group of the calling task; null outside a task. */
    private static @Nullable TaskGroup callersGroup() {
        try {
            return Task.current().group();
        } catch (IllegalStateException e) {
            return null;
        }
    }
}
