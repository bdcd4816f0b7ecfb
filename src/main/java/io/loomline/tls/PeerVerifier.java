package io.loomline.tls;

import io.loomline.log.ErrorText;
import io.loomline.log.LogText;
import io.loomline.tls.keys.CertificateNames;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;

/**
 * Checks certificates as another trust manager does, and says what is wrong in terms that a user
 * can act on: who expired when, which names a certificate has, whose issuer is unknown.
 */
final class PeerVerifier extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager trusted;

    PeerVerifier(X509ExtendedTrustManager trusted) {
        this.trusted = trusted;
    }

    /** A check of a chain. */
    private interface Check {
        void run() throws CertificateException;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        explained(chain, () -> trusted.checkServerTrusted(chain, authType, engine));
        String host = engine.getPeerHost();
        if (host != null) requireName(PeerName.of(host), chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        explained(chain, () -> trusted.checkClientTrusted(chain, authType, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        trusted.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        trusted.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        trusted.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        trusted.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trusted.getAcceptedIssuers();
    }

    /**
     * Checks that a certificate is for a name.
     *
     * @throws CertificateException if it is not; the message has both names
     */
    static void requireName(PeerName peer, X509Certificate certificate)
            throws CertificateException {
        if (peer.matches(certificate)) return;
        CertificateNames names = CertificateNames.of(certificate);
        boolean hasNone = names.hosts().isEmpty() && names.addresses().isEmpty();
        String text =
                hasNone
                        ? "the certificate of %s has no subject alternative names, so it is not for"
                                + " %s"
                        : "the certificate is for %s, not for %s";
        throw new CertificateException(text.formatted(names, LogText.of(peer.text())));
    }

    private static void explained(X509Certificate[] chain, Check check)
            throws CertificateException {
        try {
            check.run();
        } catch (CertificateException e) {
            for (X509Certificate each : chain) requireValid(each, e);
            if (hasCause(e, CertPathBuilderException.class)) {
                throw new CertificateException(unknownIssuer(chain), e);
            }
            throw new CertificateException(
                    "the certificate of %s is not acceptable: %s"
                            .formatted(quoted(chain[0].getSubjectX500Principal()), ErrorText.of(e)),
                    e);
        }
    }

    private static String unknownIssuer(X509Certificate[] chain) {
        X509Certificate last = chain[chain.length - 1];
        boolean selfSigned = last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
        String issuer = quoted(last.getIssuerX500Principal());
        return "the certificate of %s is not trusted: %s %s"
                .formatted(
                        quoted(chain[0].getSubjectX500Principal()),
                        selfSigned
                                ? "it is signed by itself or an unknown root,"
                                : "unknown issuer",
                        issuer);
    }

    private static void requireValid(X509Certificate certificate, CertificateException cause)
            throws CertificateException {
        String subject = quoted(certificate.getSubjectX500Principal());
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            throw caused(
                    new CertificateExpiredException(
                            "the certificate of %s has expired since %s"
                                    .formatted(subject, certificate.getNotAfter().toInstant())),
                    cause);
        } catch (CertificateNotYetValidException e) {
            throw caused(
                    new CertificateNotYetValidException(
                            "the certificate of %s is not valid before %s"
                                    .formatted(subject, certificate.getNotBefore().toInstant())),
                    cause);
        }
    }

    private static <E extends CertificateException> E caused(E failure, Throwable cause) {
        failure.initCause(cause);
        return failure;
    }

    private static String quoted(X500Principal name) {
        return "\"" + LogText.of(name.getName()) + "\"";
    }

    private static boolean hasCause(@Nullable Throwable e, Class<? extends Throwable> type) {
        for (int depth = 0; e != null && depth < 10; depth++, e = e.getCause()) {
            if (type.isInstance(e)) return true;
        }
        return false;
    }
}
