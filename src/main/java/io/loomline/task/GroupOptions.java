package io.loomline.task;

import java.util.Objects;

/**
 * How a {@link TaskGroup} treats its tasks.
 *
 * @param name what log lines, thread dumps and messages call the group
 * @param policy what a failing task means for the others
 * @param maxConcurrent how many tasks that are started from outside run at a time; {@link
 *     Integer#MAX_VALUE} means no limit
 */
public record GroupOptions(String name, Policy policy, int maxConcurrent) {
    /** A group named {@code group} that fails fast and has no limit. */
    public static final GroupOptions DEFAULT =
            new GroupOptions("group", Policy.FAIL_FAST, Integer.MAX_VALUE);

    /** What a failing task means for the other tasks of its group. */
    public enum Policy {
        /** The first failure cancels the siblings, and {@link TaskGroup#await()} throws it. */
        FAIL_FAST,
        /** A failure is the task's own: siblings go on. */
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
     * A copy with another name.
     *
     * @param name what log lines and messages call the group
     * @return the copy
     */
    public GroupOptions withName(String name) {
        return new GroupOptions(name, policy, maxConcurrent);
    }

    /**
     * A copy with another policy.
     *
     * @param policy what a failing task means for the others
     * @return the copy
     */
    public GroupOptions withPolicy(Policy policy) {
        return new GroupOptions(name, policy, maxConcurrent);
    }

    /**
     * A copy with a limit. Where it is reached, {@code start} blocks until a task has ended, in the
     * order of the calls; if its caller is cancelled meanwhile, it returns a task that never runs.
     *
     * <p>The limit bounds starts from outside of the group. Code inside it, which is that of its
     * tasks, of groups that they open and of callbacks, never blocks in {@code start}: the permits
     * may be held by tasks that wait for this very code. It takes a permit if one is free, and
     * otherwise its task runs without one, in addition to those that the limit counts.
     *
     * @param maxConcurrent how many tasks run at a time
     * @return the copy
     */
    public GroupOptions withLimit(int maxConcurrent) {
        return new GroupOptions(name, policy, maxConcurrent);
    }
}
