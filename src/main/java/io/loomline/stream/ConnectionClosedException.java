package io.loomline.stream;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * The connection, or the endpoint of datagrams, was closed on this side, before or during the call.
 */
public final class ConnectionClosedException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception of a connection.
     *
     * @param remote the peer's address, for the message
     * @param cause what the blocked call failed with; null if there is none
     */
    public ConnectionClosedException(SocketAddress remote, @Nullable Throwable cause) {
        super("the connection to " + remote + " was closed on this side", cause);
    }

    /**
     * Creates the exception of anything else that can be closed.
     *
     * @param what its description, for the message
     * @param cause what the blocked call failed with; null if there is none
     */
    public ConnectionClosedException(String what, @Nullable Throwable cause) {
        super("the " + what + " was closed on this side", cause);
    }
}
