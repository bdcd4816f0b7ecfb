package io.loomline.tls.keys;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trust managers for the authorities in a file, and for those of the JDK. */
public final class TrustedCertificates {
    private TrustedCertificates() {}

    /**
     * Trusts the certificates of a file, and those that they issued.
     *
     * @param pem the file
     * @return a trust manager for them alone
     * @throws IOException if the file cannot be read, is malformed or has no certificate
     */
    public static X509ExtendedTrustManager read(Path pem) throws IOException {
        List<X509Certificate> certificates = PemDecoder.of().certificates(PemFile.read(pem));
        try {
            return trustManager(keyStore(certificates));
        } catch (GeneralSecurityException e) {
            throw new IOException(pem + ": its certificates cannot be trusted", e);
        }
    }

    /**
     * Trusts the authorities that the JDK trusts: those in its {@code cacerts}, or in the file that
     * the system property {@code javax.net.ssl.trustStore} names.
     *
     * @return a trust manager for them
     * @throws IOException if they cannot be read, or there are none
     */
    public static X509ExtendedTrustManager ofSystem() throws IOException {
        X509ExtendedTrustManager system;
        try {
            system = trustManager(null);
        } catch (GeneralSecurityException e) {
            throw new IOException("the JDK's trusted certificates cannot be read", e);
        }
        if (system.getAcceptedIssuers().length > 0) return system;
        throw new IOException("the JDK has no trusted certificates: expected some in its cacerts");
    }

    private static KeyStore keyStore(List<X509Certificate> certificates)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null); // in memory
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry("certificate-" + i, certificates.get(i));
        }
        return store;
    }

    private static X509ExtendedTrustManager trustManager(@Nullable KeyStore store)
            throws GeneralSecurityException {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager each : factory.getTrustManagers()) {
            if (each instanceof X509ExtendedTrustManager trust) return trust;
        }
        throw new GeneralSecurityException(
                factory.getProvider() + " has no X509ExtendedTrustManager");
    }
}
