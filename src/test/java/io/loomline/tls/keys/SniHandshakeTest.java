package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.security.cert.Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;

/** The choice of a key and its certificate in handshakes of the JDK's engines. */
class SniHandshakeTest {
    private static final TestCertificate DEFAULT = TestCertificates.server("default.example");
    private static final TestCertificate WILDCARD = TestCertificates.server("*.b.example");
    private static final TestCertificate EXACT = TestCertificates.server("a.b.example");
    private static final TestCertificate EC = TestCertificates.server("two.example");
    private static final TestCertificate RSA = TestCertificates.server(KeyKind.RSA, "two.example");
    private static final TestCertificate ED25519 =
            TestCertificates.server(KeyKind.ED25519, "ed.example");

    private static final SSLContext CLIENT = TestCertificates.clientContext();
    private static final SSLContext SERVER = serverOf(DEFAULT, WILDCARD, EXACT, RSA, EC, ED25519);

    private static SSLContext serverOf(TestCertificate... certificates) {
        List<Supplier<Identity>> identities =
                Stream.of(certificates)
                        .map(TestCertificate::identity)
                        .map(SniHandshakeTest::fixed)
                        .toList();
        return TestCertificate.context(
                List.of(new SniKeyManager(identities)), TestCertificates.ca());
    }

    private static Supplier<Identity> fixed(Identity identity) {
        return () -> identity;
    }

    /** The certificate that the server shows to a client that asks for the name, if not empty. */
    private static Certificate shown(String name, Consumer<SSLParameters> change)
            throws SSLException {
        return shown(client(CLIENT, name, change));
    }

    private static Certificate shown(SSLEngine client) throws SSLException {
        Handshakes.run(client, SERVER.createSSLEngine());
        return client.getSession().getPeerCertificates()[0];
    }

    /** Never resumes a session, which would show no certificate. */
    private static SSLEngine client(
            SSLContext context, String name, Consumer<SSLParameters> change) {
        SSLEngine client = context.createSSLEngine();
        client.setUseClientMode(true);
        SSLParameters parameters = client.getSSLParameters();
        if (!name.isEmpty()) parameters.setServerNames(List.of(new SNIHostName(name)));
        change.accept(parameters);
        client.setSSLParameters(parameters);
        return client;
    }

    private static Consumer<SSLParameters> protocol(String version) {
        return parameters -> parameters.setProtocols(new String[] {version});
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void nameChoosesTheCertificate(String version) throws SSLException {
        Consumer<SSLParameters> protocol = protocol(version);
        assertEquals(EXACT.certificate(), shown("a.b.example", protocol));
        assertEquals(EXACT.certificate(), shown("A.B.Example", protocol));
        assertEquals(WILDCARD.certificate(), shown("other.b.example", protocol));
        assertEquals(DEFAULT.certificate(), shown("deep.other.b.example", protocol));
        assertEquals(DEFAULT.certificate(), shown("b.example", protocol));
        assertEquals(DEFAULT.certificate(), shown("unknown.example", protocol));
        assertEquals(DEFAULT.certificate(), shown("", protocol));
        assertEquals(ED25519.certificate(), shown("ed.example", protocol));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void clientChoosesTheTypeOfTheKey(String version) throws SSLException {
        assertEquals(
                EC.certificate(),
                shown("two.example", signatures(version, "ecdsa_secp256r1_sha256")));
        // it trusts the certificate itself, as it would reject the EC signature of the authority
        Consumer<SSLParameters> rsa = signatures(version, "rsa_pss_rsae_sha256");
        SSLEngine client = client(RSA.trustingContext(), "two.example", rsa);
        assertEquals(RSA.certificate(), shown(client));
    }

    private static Consumer<SSLParameters> signatures(String version, String... schemes) {
        return protocol(version).andThen(parameters -> parameters.setSignatureSchemes(schemes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void clientThatAcceptsNoKeyForTheNameIsRefused(String version) {
        Consumer<SSLParameters> rsa = signatures(version, "rsa_pss_rsae_sha256");
        assertThrows(SSLHandshakeException.class, () -> shown("a.b.example", rsa));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void clientShowsItsCertificate(String version) throws SSLException {
        TestCertificate untrusted =
                CertificateForm.of("CN=untrusted").issuedBy(TestCertificates.untrustedCa());
        TestCertificate trusted = TestCertificates.client("trusted");
        SSLContext context = serverOf(untrusted, trusted);
        SSLEngine client = client(context, "", protocol(version));
        SSLEngine server = SERVER.createSSLEngine();
        server.setNeedClientAuth(true);
        Handshakes.run(client, server);
        assertEquals(trusted.certificate(), server.getSession().getPeerCertificates()[0]);
    }

    /** A pair of the key of one and the certificate of another would fail the handshake. */
    @Tag("stress")
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void reloadDuringHandshakesMixesNothing(String version) throws Exception {
        List<TestCertificate> pairs =
                List.of(
                        TestCertificates.server("a.example"),
                        TestCertificates.server("a.example"),
                        TestCertificates.server("a.example"));
        List<Identity> identities = pairs.stream().map(TestCertificate::identity).toList();
        AtomicInteger calls = new AtomicInteger();
        Supplier<Identity> changing = () -> identities.get(calls.incrementAndGet() % 3);
        SSLContext server =
                TestCertificate.context(
                        List.of(new SniKeyManager(List.of(changing))), TestCertificates.ca());
        Set<Certificate> seen;
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Certificate>> handshakes =
                    Stream.generate(() -> threads.submit(() -> shownBy(server, version)))
                            .limit(500)
                            .toList();
            seen = new HashSet<>();
            for (Future<Certificate> each : handshakes) seen.add(each.get());
        }
        assertEquals(3, seen.size(), "the identities did not change");
    }

    private static Certificate shownBy(SSLContext server, String version) throws SSLException {
        SSLEngine client = client(CLIENT, "a.example", protocol(version));
        Handshakes.run(client, server.createSSLEngine());
        return client.getSession().getPeerCertificates()[0];
    }
}
