package io.loomline.task;

import org.jspecify.annotations.Nullable;

/**
 * Code that runs inside a scope, on the caller's thread, and returns a result.
 *
 * @param <T> the type of the result
 * @param <X> the exception type of the code
 */
@FunctionalInterface
public interface Body<T extends @Nullable Object, X extends Exception> {
    /**
     * Runs the code.
     *
     * @return the result
     * @throws X if the code fails
     * @throws InterruptedException if the code was cancelled
     */
    T call() throws X, InterruptedException;
}
