package io.loomline.tls.keys;

import io.loomline.log.LogText;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Whether each certificate of a chain was issued by the next one.
 *
 * @param misplaced the position of the first that did not issue the one before it; 0 if there is
 *     none
 * @param problem describes it; empty if there is none
 */
record ChainOrder(int misplaced, String problem) {
    private static final ChainOrder ORDERED = new ChainOrder(0, "");

    static ChainOrder of(List<X509Certificate> chain) {
        for (int i = 1; i < chain.size(); i++) {
            if (!isIssuedBy(chain.get(i - 1), chain.get(i))) {
                return new ChainOrder(i, problem(chain, i));
            }
        }
        return ORDERED;
    }

    boolean isOrdered() {
        return misplaced == 0;
    }

    void requireOrdered() {
        if (!isOrdered()) throw new IllegalArgumentException(problem);
    }

    private static boolean isIssuedBy(X509Certificate issued, X509Certificate issuer) {
        if (!issued.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            issued.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false;
        }
    }

    private static String problem(List<X509Certificate> chain, int i) {
        X509Certificate before = chain.get(i - 1);
        return "certificate %d of the chain, %s, did not issue the one before it, %s: expected %s"
                .formatted(i + 1, subject(chain.get(i)), subject(before), expected(chain, before));
    }

    private static String expected(List<X509Certificate> chain, X509Certificate issued) {
        for (int i = 0; i < chain.size(); i++) {
            X509Certificate each = chain.get(i);
            if (!each.equals(issued) && isIssuedBy(issued, each)) {
                return "certificate %d, %s, here".formatted(i + 1, subject(each));
            }
        }
        return "the certificate of its issuer, "
                + LogText.of(issued.getIssuerX500Principal().getName());
    }

    private static String subject(X509Certificate certificate) {
        String name = certificate.getSubjectX500Principal().getName();
        return name.isEmpty() ? "for " + CertificateNames.of(certificate) : LogText.of(name);
    }
}
