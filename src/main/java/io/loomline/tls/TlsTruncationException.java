package io.loomline.tls;

import java.io.Serial;
import java.net.SocketAddress;

import javax.net.ssl.SSLException;

/**
 * Thrown by a read if the peer, or an attacker on the path, has ended the connection without
 * close_notify. The data that was read before may be incomplete.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc8446#section-6.1">RFC 8446, section
 * 6.1</a>: "The client and the server must share knowledge that the connection is ending in order
 * to avoid a truncation attack."
 */
public final class TlsTruncationException extends SSLException {
    @Serial private static final long serialVersionUID = 1;

    TlsTruncationException(SocketAddress peer) {
        super(
                "the connection to %s ended without close_notify: the data may be truncated; "
                                .formatted(peer)
                        + "if the protocol marks the end of its data, Tls.lenientClose() permits"
                        + " this");
    }
}
