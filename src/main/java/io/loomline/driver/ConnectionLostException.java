package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.net.SocketException;

/**
 * Reports that a connection was lost before it could be accepted. The acceptor keeps listening, and
 * the next {@link Acceptor#accept} may be called at once.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man2/accept.2.html">accept(2)</a>:
 * "For reliable operation the application should detect the network errors defined for the protocol
 * after accept() and treat them like EAGAIN by retrying."
 */
public final class ConnectionLostException extends SocketException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message the system's description of the error
     * @param cause the exception that reported the loss; null if there is none
     */
    public ConnectionLostException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
