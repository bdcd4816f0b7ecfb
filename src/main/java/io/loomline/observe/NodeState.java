package io.loomline.observe;

/** What a node of a {@link TaskTree} was doing. */
public enum NodeState {
    /** A runtime or a group that is not cancelled; a deadline or a shield that has time left. */
    OPEN,

    /** A server that accepts connections. */
    ACCEPTING,

    /** A server that is suspended, pauses after a failure, or shuts down. */
    PAUSED,

    /** A task that runs, or that is ready to run. */
    RUNNING,

    /** A task that waits. */
    WAITING,

    /** A group that was cancelled, or a task that was cancelled and has not ended yet. */
    CANCELLED,

    /** A deadline or a shield whose time has come. */
    EXPIRED
}
