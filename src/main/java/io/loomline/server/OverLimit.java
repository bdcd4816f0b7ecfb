package io.loomline.server;

/** What a server does with a client for which it has no room. */
public enum OverLimit {
    /** The client waits in the backlog until a connection has ended. */
    WAIT,

    /** The client gets the farewell, if there is one, and is closed. */
    REFUSE,

    /** The connection that has been idle for longest is closed, and the client is served. */
    CLOSE_IDLE
}
