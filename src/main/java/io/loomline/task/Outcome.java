package io.loomline.task;

import org.jspecify.annotations.Nullable;

/**
 * How a task ended, as a value instead of an exception.
 *
 * @param <T> the type of the result
 */
public sealed interface Outcome<T extends @Nullable Object> {
    /**
     * The body returned.
     *
     * @param <T> the type of the result
     * @param value the result
     */
    record Success<T extends @Nullable Object>(T value) implements Outcome<T> {}

    /**
     * The body threw.
     *
     * @param <T> the type of the result
     * @param exception the exception of the body
     */
    record Failure<T extends @Nullable Object>(Throwable exception) implements Outcome<T> {}

    /**
     * The task was cancelled.
     *
     * @param <T> the type of the result
     * @param reason the reason of the cancel
     */
    record Cancelled<T extends @Nullable Object>(String reason) implements Outcome<T> {}
}
