package io.loomline.tls.keys;

import java.time.Duration;
import java.time.Instant;

import javax.net.ssl.SSLContext;

/** The certificates of tests. Each call gives a new one, except the authorities. */
public final class TestCertificates {
    private static final TestCertificate CA = authority("ca").selfSigned();
    private static final TestCertificate INTERMEDIATE = authority("intermediate").issuedBy(CA);
    private static final TestCertificate UNTRUSTED = authority("untrusted ca").selfSigned();

    private TestCertificates() {}

    private static CertificateForm authority(String name) {
        return CertificateForm.of("CN=Test " + name).asAuthority();
    }

    /** The root that {@link #clientContext()} trusts. */
    public static TestCertificate ca() {
        return CA;
    }

    public static TestCertificate intermediate() {
        return INTERMEDIATE;
    }

    /** A root that nobody trusts. */
    public static TestCertificate untrustedCa() {
        return UNTRUSTED;
    }

    /** With an EC key; names may be addresses. */
    public static TestCertificate server(String... names) {
        return server(KeyKind.EC, names);
    }

    public static TestCertificate server(KeyKind kind, String... names) {
        return CertificateForm.of("CN=server", names).withKind(kind).issuedBy(CA);
    }

    public static TestCertificate serverBelowIntermediate(String... names) {
        return CertificateForm.of("CN=server", names).issuedBy(INTERMEDIATE);
    }

    public static TestCertificate untrustedServer(String... names) {
        return CertificateForm.of("CN=server", names).issuedBy(UNTRUSTED);
    }

    /** Since yesterday. */
    public static TestCertificate expired(String... names) {
        Instant yesterday = Instant.now().minus(Duration.ofDays(1));
        return CertificateForm.of("CN=server", names)
                .withValidity(yesterday.minus(Duration.ofDays(90)), yesterday)
                .issuedBy(CA);
    }

    /** Valid from tomorrow. */
    public static TestCertificate notYetValid(String... names) {
        Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
        return CertificateForm.of("CN=server", names)
                .withValidity(tomorrow, tomorrow.plus(Duration.ofDays(90)))
                .issuedBy(CA);
    }

    /** Without subject alternative names: the common name alone. */
    public static TestCertificate withoutNames(String commonName) {
        return CertificateForm.of("CN=" + commonName).issuedBy(CA);
    }

    public static TestCertificate client(String name) {
        return CertificateForm.of("CN=" + name).issuedBy(CA);
    }

    /** A context of a client that trusts {@link #ca()}. */
    public static SSLContext clientContext() {
        return CA.trustingContext();
    }

    /** A context of a client that trusts {@link #ca()} and shows that certificate if asked. */
    public static SSLContext clientContext(TestCertificate own) {
        return TestCertificate.context(own, CA);
    }
}
