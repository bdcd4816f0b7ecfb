package io.loomline.tls;

import org.jspecify.annotations.Nullable;

import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Reads the session of an engine whose handshake is complete. */
final class SessionCheck {
    private SessionCheck() {}

    /**
     * Checks the name once more, whatever the trust manager has checked: one of the user may check
     * none, and a resumed session is checked by nobody else.
     *
     * @throws SSLHandshakeException if the certificate is for another name
     */
    static void requireName(SSLEngine engine, PeerName peer) throws SSLHandshakeException {
        List<X509Certificate> chain = certificates(engine.getSession());
        if (chain.isEmpty()) {
            throw new SSLHandshakeException("the server has shown no certificate");
        }
        try {
            PeerVerifier.requireName(peer, chain.getFirst());
        } catch (CertificateException e) {
            throw (SSLHandshakeException) new SSLHandshakeException(e.getMessage()).initCause(e);
        }
    }

    static TlsSession sessionOf(SSLEngine engine, @Nullable PeerName peer) {
        SSLSession session = engine.getSession();
        String protocol = engine.getApplicationProtocol();
        return new TlsSession(
                session.getProtocol(),
                session.getCipherSuite(),
                Optional.ofNullable(protocol).filter(name -> !name.isEmpty()),
                Optional.ofNullable(engine.getUseClientMode() ? sent(peer) : requested(session)),
                certificates(session));
    }

    private static @Nullable String sent(@Nullable PeerName peer) {
        SNIHostName name = peer == null ? null : peer.serverName();
        return name == null ? null : name.getAsciiName();
    }

    private static @Nullable String requested(SSLSession session) {
        if (!(session instanceof ExtendedSSLSession extended)) return null;
        return extended.getRequestedServerNames().stream()
                .filter(SNIHostName.class::isInstance)
                .map(name -> ((SNIHostName) name).getAsciiName())
                .findFirst()
                .orElse(null);
    }

    private static List<X509Certificate> certificates(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return Stream.of(chain).map(X509Certificate.class::cast).toList();
        } catch (SSLPeerUnverifiedException e) {
            return List.of(); // the peer has shown none
        }
    }
}
