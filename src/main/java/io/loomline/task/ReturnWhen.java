package io.loomline.task;

/** The condition that ends the wait of {@link Tasks#await}. */
public enum ReturnWhen {
    /** One of the tasks has ended in any state. */
    FIRST_COMPLETED,
    /** One of the tasks has failed, or all have ended. */
    FIRST_FAILED,
    /** All tasks have ended. */
    ALL_COMPLETED
}
