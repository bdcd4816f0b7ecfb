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

    /** A deadline that the code of a task is in. */
    DEADLINE,

    /** A shield that the code of a task is in. */
    SHIELD
}
