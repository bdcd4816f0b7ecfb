package io.loomline.tls;

import io.loomline.log.LogText;
import io.loomline.tls.keys.CertificateNames;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a handshake has negotiated.
 *
 * @param protocol the protocol, such as {@code TLSv1.3}
 * @param cipherSuite the cipher suite, such as {@code TLS_AES_256_GCM_SHA384}
 * @param applicationProtocol the protocol selected by ALPN; empty if none was
 * @param serverName the host name that the client asked for (SNI); empty if it asked for none, as
 *     for an IP address
 * @param peerCertificates the certificate chain of the peer, its own certificate first; empty if it
 *     presented none
 */
public record TlsSession(
        String protocol,
        String cipherSuite,
        Optional<String> applicationProtocol,
        Optional<String> serverName,
        List<X509Certificate> peerCertificates) {
    /** Checks and copies the components. */
    public TlsSession {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(cipherSuite, "cipherSuite");
        Objects.requireNonNull(applicationProtocol, "applicationProtocol");
        Objects.requireNonNull(serverName, "serverName");
        peerCertificates = List.copyOf(peerCertificates);
    }

    /** The session in one line, with the subject and the names of the peer's certificate only. */
    @Override
    public String toString() {
        return "TlsSession[%s, %s, ALPN %s, SNI %s, peer %s]"
                .formatted(
                        protocol,
                        cipherSuite,
                        applicationProtocol.map(LogText::of).orElse("none"),
                        serverName.map(LogText::of).orElse("none"),
                        peerCertificates.isEmpty() ? "without a certificate" : peerText());
    }

    private String peerText() {
        X509Certificate own = peerCertificates.getFirst();
        String subject = LogText.of(own.getSubjectX500Principal().getName());
        return "\"%s\" for %s".formatted(subject, CertificateNames.of(own));
    }
}
