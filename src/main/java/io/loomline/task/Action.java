package io.loomline.task;

/**
 * Code that runs inside a scope, on the caller's thread, and returns nothing.
 *
 * @param <X> the exception that the code declares
 */
@FunctionalInterface
public interface Action<X extends Exception> {
    /**
     * Runs the code.
     *
     * @throws X whatever the code declares
     * @throws InterruptedException if the code was cancelled
     */
    void run() throws X, InterruptedException;
}
