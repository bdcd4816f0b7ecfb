package io.loomline.server;

/**
 * What a server does with a client over its {@linkplain ServerOptions#maxConnections connection
 * limit}.
 */
public enum OverLimit {
    /** The client waits in the backlog until a connection has ended. */
    WAIT,

    /**
     * The client gets the farewell, if there is one, and the end of its input, without a reset. It
     * holds up nobody: the server drops its input until it leaves, at most for a second and for at
     * most 256 such clients, and then closes its connection.
     */
    REFUSE,

    /**
     * The connection that has been idle for longest is cancelled, and the client is served in its
     * place. A connection is idle if its handler waits for input and no byte has moved in either
     * direction for a second. If none is idle, the client waits until one is, or has ended.
     */
    CLOSE_IDLE
}
