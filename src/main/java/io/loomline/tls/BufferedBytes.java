package io.loomline.tls;

/**
 * What to do with bytes that were received behind the plaintext line that starts TLS. An attacker
 * on the path can put commands there, which a careless server runs as if they had come through TLS.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc3207#section-4.2">RFC 3207, section
 * 4.2</a>: "The server MUST discard any knowledge obtained from the client, such as the argument to
 * the EHLO command, which was not obtained from the TLS negotiation itself."
 */
public enum BufferedBytes {
    /** The start of TLS fails. Peers wait for the answer to their request before they go on. */
    REJECT,

    /**
     * The bytes are the beginning of the handshake. For protocols in which the peer starts TLS
     * without waiting for an answer.
     */
    FEED
}
