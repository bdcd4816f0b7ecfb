package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a wait for several tasks found.
 *
 * @param <T> the type of the results
 * @param done the tasks that have ended, in the order in which they were given
 * @param pending the tasks that still run, in the order in which they were given
 */
public record AwaitResult<T extends @Nullable Object>(List<Task<T>> done, List<Task<T>> pending) {}
