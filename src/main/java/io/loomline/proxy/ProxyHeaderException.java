package io.loomline.proxy;

import java.net.ProtocolException;

/** A header of the PROXY protocol that is malformed, incomplete, too long, or not allowed here. */
public final class ProxyHeaderException extends ProtocolException {
    private static final long serialVersionUID = 1;

    /**
     * An exception.
     *
     * @param message what was received, and what was expected
     */
    public ProxyHeaderException(String message) {
        super(message);
    }
}
