package io.loomline.task;

import org.jspecify.annotations.Nullable;

/**
 * How a task ended, as a value: for code that looks at every end, and throws for none.
 *
 * @param <T> the type of the result
 */
public sealed interface Outcome<T extends @Nullable Object> {
    /**
     * The body returned.
     *
     * @param <T> the type of the result
     * @param value what it returned
     */
    record Success<T extends @Nullable Object>(T value) implements Outcome<T> {}

    /**
     * The body threw.
     *
     * @param <T> the type of the result
     * @param exception what it threw
     */
    record Failure<T extends @Nullable Object>(Throwable exception) implements Outcome<T> {}

    /**
     * The task was cancelled.
     *
     * @param <T> the type of the result
     * @param reason why
     */
    record Cancelled<T extends @Nullable Object>(String reason) implements Outcome<T> {}
}
