package io.loomline.observe;

/** What a node of a {@link TaskTree} is. */
public enum NodeKind {
    /** A runtime, the root of its tree. */
    RUNTIME,

    /** A group of tasks. */
    GROUP,

    /** A server, with the tasks of its connections. */
    SERVER,

    /** A task. */
    TASK,

    /** A task that serves a connection of a server. */
    CONNECTION,

    /**
     * A connection that was opened to a peer. It is below the task of a served connection that
     * waits for the peer, or else below the runtime. Any other task that waits for the peer stands
     * for the connection itself.
     */
    CLIENT,

    /** A deadline that the code of a task is in. */
    DEADLINE,

    /** A shield that the code of a task is in. */
    SHIELD
}
