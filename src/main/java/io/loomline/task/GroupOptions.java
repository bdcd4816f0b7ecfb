package io.loomline.task;

import java.util.Objects;

/**
 * The options of a {@link TaskGroup}.
 *
 * @param name the name in log lines, thread dumps and messages
 * @param policy the effect of a failing task on the others
 * @param maxConcurrent the number of tasks started from outside that run at a time; {@link
 *     Integer#MAX_VALUE} means no limit
 */
public record GroupOptions(String name, Policy policy, int maxConcurrent) {
    /** A group named {@code group} that fails fast and has no limit. */
    public static final GroupOptions DEFAULT =
            new GroupOptions("group", Policy.FAIL_FAST, Integer.MAX_VALUE);

    /** The effect of a failing task on the other tasks of its group. */
    public enum Policy {
        /** The first failure cancels the siblings, and {@link TaskGroup#await()} throws it. */
        FAIL_FAST,
        /** A failure does not affect the siblings. */
        SUPERVISE
    }

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the name is blank or the limit is less than 1
     */
    public GroupOptions {
        if (name.isBlank()) throw new IllegalArgumentException("name is blank: give the group one");
        Objects.requireNonNull(policy, "policy");
        if (maxConcurrent < 1) {
            throw new IllegalArgumentException(
                    "maxConcurrent " + maxConcurrent + ": expected 1 or more");
        }
    }

    boolean isLimited() {
        return maxConcurrent < Integer.MAX_VALUE;
    }

    /**
     * {@return a copy with another name}
     *
     * @param name the name in log lines, thread dumps and messages
     */
    public GroupOptions withName(String name) {
        return new GroupOptions(name, policy, maxConcurrent);
    }

    /**
     * {@return a copy with another policy}
     *
     * @param policy the effect of a failing task on the others
     */
    public GroupOptions withPolicy(Policy policy) {
        return new GroupOptions(name, policy, maxConcurrent);
    }

    /**
     * {@return a copy with a limit} At the limit, {@code start} blocks until a task has ended;
     * several calls proceed in order. If the caller is cancelled meanwhile, its task never runs.
     *
     * <p>The limit holds for starts from outside the group. Code inside it never blocks in {@code
     * start}, because the tasks that hold the permits may be waiting for that very code. Such code
     * is that of its tasks, of groups they open, and of callbacks. Its task takes a permit if one
     * is free; otherwise it runs without one, in addition to the limit.
     *
     * @param maxConcurrent the number of tasks that run at a time
     */
    public GroupOptions withLimit(int maxConcurrent) {
        return new GroupOptions(name, policy, maxConcurrent);
    }
}
