package io.loomline.tls.keys;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What one side of a TLS connection proves who it is with: a private key, and the certificate for
 * it.
 *
 * @param key the private key
 * @param chain the certificate of the key, followed by those of its issuers
 */
public record Identity(PrivateKey key, List<X509Certificate> chain) {
    /**
     * Checks that the certificates belong together.
     *
     * @throws IllegalArgumentException if the chain is empty or out of order, or its first
     *     certificate belongs to another key
     */
    public Identity {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("chain is empty: expected at least 1 certificate");
        }
        ChainOrder.of(chain).requireOrdered();
        if (!KeyMatch.matches(key, chain.getFirst().getPublicKey())) {
            throw new IllegalArgumentException(
                    "the key does not belong to the certificate for %s"
                            .formatted(CertificateNames.of(chain.getFirst())));
        }
    }

    /**
     * The certificate of the key.
     *
     * @return the first of the chain
     */
    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /**
     * The names that the leaf is valid for.
     *
     * @return its names
     */
    public CertificateNames names() {
        return CertificateNames.of(leaf());
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "%s, valid until %s".formatted(names(), leaf().getNotAfter().toInstant());
    }
}
