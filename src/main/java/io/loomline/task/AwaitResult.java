package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The result of {@link Tasks#await}.
 *
 * @param <T> the type of the results
 * @param done the tasks that have ended, in the order of the collection
 * @param pending the tasks that still run, in the order of the collection
 */
public record AwaitResult<T extends @Nullable Object>(List<Task<T>> done, List<Task<T>> pending) {}
