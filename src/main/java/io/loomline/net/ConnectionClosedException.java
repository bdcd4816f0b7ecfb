package io.loomline.net;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * The connection, or the endpoint of datagrams, was closed on this side, before or during the call.
 */
public final class ConnectionClosedException extends IOException {
    private static final long serialVersionUID = 1;

    ConnectionClosedException(SocketAddress remote, @Nullable Throwable cause) {
        super("the connection to " + remote + " was closed on this side", cause);
    }

    ConnectionClosedException(String what, @Nullable Throwable cause) {
        super("the " + what + " was closed on this side", cause);
    }
}
