package io.loomline.task;

/**
 * Code that runs inside a scope, on the caller's thread, and returns nothing.
 *
 * @param <X> the exception type of the code
 */
@FunctionalInterface
public interface Action<X extends Exception> {
    /**
     * Runs the code.
     *
     * @throws X if the code fails
     * @throws InterruptedException if the code was cancelled
     */
    void run() throws X, InterruptedException;
}
