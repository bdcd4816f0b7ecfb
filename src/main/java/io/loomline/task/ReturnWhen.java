package io.loomline.task;

/** How long {@link Tasks#await} waits. */
public enum ReturnWhen {
    /** Until one of the tasks has ended, in whatever way. */
    FIRST_COMPLETED,
    /** Until one of the tasks has failed; if none does, until all have ended. */
    FIRST_FAILED,
    /** Until all tasks have ended. */
    ALL_COMPLETED
}
