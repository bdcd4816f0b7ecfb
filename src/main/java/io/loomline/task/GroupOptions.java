package io.loomline.task;

import java.util.Objects;

/**
 * How a {@link TaskGroup} treats its tasks.
 *
 * @param name what log lines, thread dumps and messages call the group
 * @param policy what a failing task means for the others
 */
public record GroupOptions(String name, Policy policy) {
    /** A group named {@code group} that fails fast. */
    public static final GroupOptions DEFAULT = new GroupOptions("group", Policy.FAIL_FAST);

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
     * @throws IllegalArgumentException if the name is blank
     */
    public GroupOptions {
        if (name.isBlank()) throw new IllegalArgumentException("name is blank: give the group one");
        Objects.requireNonNull(policy, "policy");
    }

    /**
     * A copy with another name.
     *
     * @param name what log lines and messages call the group
     * @return the copy
     */
    public GroupOptions withName(String name) {
        return new GroupOptions(name, policy);
    }

    /**
     * A copy with another policy.
     *
     * @param policy what a failing task means for the others
     * @return the copy
     */
    public GroupOptions withPolicy(Policy policy) {
        return new GroupOptions(name, policy);
    }
}
