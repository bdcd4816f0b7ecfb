package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.net.SocketException;

/**
 * A connection was lost before it could be accepted. It concerns nobody else: the acceptor goes on,
 * and the next call may be made at once.
 *
 * <p><i>Source:</i> accept(2), "Error handling".
 */
public final class ConnectionLostException extends SocketException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message what happened, in the words of the system
     * @param cause what says so; null if nothing else does
     */
    public ConnectionLostException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
