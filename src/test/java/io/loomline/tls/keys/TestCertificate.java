package io.loomline.tls.keys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A certificate, its chain and its private key, as objects, as PEM and as files. */
public record TestCertificate(
        CertificateForm form, KeyPair pair, List<X509Certificate> certificates) {
    private static final int PEM_COLUMNS = 64;

    public TestCertificate {
        certificates = List.copyOf(certificates);
    }

    public X509Certificate certificate() {
        return certificates.getFirst();
    }

    public PrivateKey privateKey() {
        return pair.getPrivate();
    }

    boolean isSelfSigned() {
        return certificate()
                .getIssuerX500Principal()
                .equals(certificate().getSubjectX500Principal());
    }

    public Identity identity() {
        return new Identity(privateKey(), certificates);
    }

    /** The chain in PEM, this certificate first. */
    public String chainPem() {
        return certificates.stream()
                .map(each -> pem("CERTIFICATE", encoded(each)))
                .collect(Collectors.joining());
    }

    /** The private key in PEM, as PKCS#8. */
    public String keyPem() {
        return pem("PRIVATE KEY", privateKey().getEncoded());
    }

    static String pem(String type, byte[] content) {
        String base64 =
                Base64.getMimeEncoder(PEM_COLUMNS, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, base64, type);
    }

    static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }

    /** A new file with the chain, deleted at the end of the JVM. */
    public Path chain() {
        return newFile("chain", chainPem());
    }

    /** A new file with the private key, deleted at the end of the JVM. */
    public Path key() {
        return newFile("key", keyPem());
    }

    private static Path newFile(String name, String content) {
        try {
            Path file = Files.createTempFile(name, ".pem");
            file.toFile().deleteOnExit();
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A context of a server with this certificate, which trusts clients of {@code ca()}. */
    public SSLContext serverContext() {
        return context(this, TestCertificates.ca());
    }

    /** A context of a client that trusts only this certificate, and those it issued. */
    public SSLContext trustingContext() {
        return context(List.of(), this);
    }

    static SSLContext context(TestCertificate own, TestCertificate trusted) {
        return context(List.of(new SniKeyManager(List.of(own::identity))), trusted);
    }

    static SSLContext context(List<? extends KeyManager> keys, TestCertificate trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager trust = TrustedCertificates.read(trusted.chain());
            context.init(keys.toArray(KeyManager[]::new), new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }
}
