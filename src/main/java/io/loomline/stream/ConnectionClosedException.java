package io.loomline.stream;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * Thrown by a call on a connection or datagram endpoint that was closed on this side, before or
 * during the call.
 */
public final class ConnectionClosedException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception for a connection.
     *
     * @param remote the peer's address, for the message
     * @param cause the failure of the blocked call; null if there is none
     */
    public ConnectionClosedException(SocketAddress remote, @Nullable Throwable cause) {
        super("the connection to " + remote + " was closed on this side", cause);
    }

    /**
     * Creates the exception for any other object that can be closed.
     *
     * @param closed the object's description, for the message
     * @param cause the failure of the blocked call; null if there is none
     */
    public ConnectionClosedException(String closed, @Nullable Throwable cause) {
        super("the " + closed + " was closed on this side", cause);
    }
}
