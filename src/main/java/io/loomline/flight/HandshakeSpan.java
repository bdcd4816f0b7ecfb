package io.loomline.flight;

/** A TLS handshake. */
public interface HandshakeSpan extends Span {
    /** Called before the end of a complete handshake. */
    void negotiated(String protocol, String cipherSuite);
}
