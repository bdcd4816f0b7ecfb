package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ExecutionException;

/**
 * Code that starts tasks in a group which is closed when the code is through.
 *
 * @param <T> the type of the result
 * @param <X> the exception that the code declares
 */
@FunctionalInterface
public interface ScopeBody<T extends @Nullable Object, X extends Exception> {
    /**
     * Runs the code.
     *
     * @param group where it starts tasks; fails fast
     * @return the result
     * @throws X whatever the code declares
     * @throws InterruptedException if the code was cancelled, also by the failure of a task
     * @throws ExecutionException if the code joined a task that failed
     */
    T run(TaskGroup group) throws X, InterruptedException, ExecutionException;
}
