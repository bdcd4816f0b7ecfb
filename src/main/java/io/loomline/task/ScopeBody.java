package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ExecutionException;

/**
 * Code that starts tasks in a group which is closed when the code has ended.
 *
 * @param <T> the type of the result
 * @param <X> the exception type of the code
 */
@FunctionalInterface
public interface ScopeBody<T extends @Nullable Object, X extends Exception> {
    /**
     * Runs the code.
     *
     * @param group the group
     * @return the result
     * @throws X if the code fails
     * @throws InterruptedException if the code was cancelled, which a failing task may cause
     * @throws ExecutionException if the code joined a task that failed
     */
    T run(TaskGroup group) throws X, InterruptedException, ExecutionException;
}
