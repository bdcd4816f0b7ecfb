package io.loomline.task;

import org.jspecify.annotations.Nullable;

/**
 * The work of a task on one item of several.
 *
 * @param <I> the type of the item
 * @param <T> the type of the result
 */
@FunctionalInterface
public interface TaskFunction<I extends @Nullable Object, T extends @Nullable Object> {
    /**
     * Does the work, on the task's own thread.
     *
     * @param item the item
     * @return the result
     * @throws Exception if the task fails; {@link InterruptedException} after a cancel ends the
     *     task as cancelled
     */
    T apply(I item) throws Exception;
}
