package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;

import javax.net.ssl.X509ExtendedTrustManager;

class TrustedCertificatesTest {
    @TempDir private Path directory;

    private static void check(X509ExtendedTrustManager trust, TestCertificate server)
            throws CertificateException {
        trust.checkServerTrusted(
                server.certificates().toArray(X509Certificate[]::new), "ECDHE_ECDSA");
    }

    @Test
    void onlyAuthoritiesOfTheFileAreTrusted() throws Exception {
        X509ExtendedTrustManager trust = TrustedCertificates.read(TestCertificates.ca().chain());
        check(trust, TestCertificates.server("a.example"));
        check(trust, TestCertificates.serverBelowIntermediate("a.example"));
        TestCertificate untrusted = TestCertificates.untrustedServer("a.example");
        assertThrows(CertificateException.class, () -> check(trust, untrusted));
        TestCertificate expired = TestCertificates.expired("a.example");
        assertThrows(CertificateException.class, () -> check(trust, expired));
    }

    @Test
    void fileMayHaveSeveralAuthoritiesAndOtherRecords() throws Exception {
        TestCertificate ca = TestCertificates.ca();
        TestCertificate other = TestCertificates.untrustedCa();
        Path file = directory.resolve("trusted.pem");
        Files.writeString(file, ca.chainPem() + ca.keyPem() + other.chainPem() + ca.chainPem());
        X509ExtendedTrustManager trust = TrustedCertificates.read(file);
        check(trust, TestCertificates.untrustedServer("a.example"));
        assertEquals(
                Set.of(ca.certificate(), other.certificate()), Set.of(trust.getAcceptedIssuers()));
    }

    @Test
    void serverItselfMayBeTrusted() throws Exception {
        TestCertificate server = TestCertificates.server("a.example");
        assertDoesNotThrow(() -> check(TrustedCertificates.read(server.chain()), server));
    }

    @Test
    void fileWithoutCertificateIsRejected() {
        Path key = TestCertificates.ca().key();
        IOException e = assertThrows(IOException.class, () -> TrustedCertificates.read(key));
        assertEquals(
                key + ": line 1: PRIVATE KEY: expected a record of type CERTIFICATE",
                e.getMessage());
    }

    @Test
    void systemTrustsPublicAuthoritiesOnly() throws Exception {
        X509ExtendedTrustManager trust = TrustedCertificates.ofSystem();
        assertTrue(trust.getAcceptedIssuers().length > 0);
        TestCertificate server = TestCertificates.server("a.example");
        assertThrows(CertificateException.class, () -> check(trust, server));
    }

    @Test
    void emptySystemStoreIsReported() {
        String property = "javax.net.ssl.trustStore";
        String before = System.getProperty(property);
        System.setProperty(property, "NONE");
        try {
            IOException e = assertThrows(IOException.class, TrustedCertificates::ofSystem);
            assertEquals(
                    "the JDK has no trusted certificates: expected some in its cacerts",
                    e.getMessage());
        } finally {
            if (before == null) System.clearProperty(property);
            else System.setProperty(property, before);
        }
    }
}
