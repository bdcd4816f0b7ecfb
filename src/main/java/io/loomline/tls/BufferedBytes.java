package io.loomline.tls;

/**
 * What to do with bytes that were received after the plaintext line that starts TLS. An attacker on
 * the path can put commands there, which a careless server runs as if they had arrived over TLS.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc3207#section-4.2">RFC 3207, section
 * 4.2</a>: "The server MUST discard any knowledge obtained from the client, such as the argument to
 * the EHLO command, which was not obtained from the TLS negotiation itself."
 */
public enum BufferedBytes {
    /** Starting TLS fails. Well-behaved peers wait for the reply before sending more. */
    REJECT,

    /**
     * The bytes are the beginning of the handshake. For protocols in which the peer starts TLS
     * without waiting for an answer.
     */
    FEED
}
