package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.server.Server;
import io.loomline.tls.Tls.ClientAuth;
import io.loomline.tls.keys.CertificateForm;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Supplier;

import javax.net.ssl.SSLHandshakeException;

/** A handshake that fails says why on both sides, and frees everything. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL", "UNIX", "MEMORY"})
class TlsRefusalTest extends TlsFixture {
    /** Certificates that a client refuses. */
    enum Refused {
        OTHER_HOST(
                () -> TestCertificates.server("b.test"),
                "the certificate is for b.test, not for localhost"),
        WITHOUT_NAMES(
                () -> TestCertificates.withoutNames(HOST),
                "no subject alternative names, so it is not for localhost"),
        EXPIRED(
                () -> TestCertificates.expired(HOST),
                "the certificate of \"CN=server\" has expired since "),
        NOT_YET_VALID(
                () -> TestCertificates.notYetValid(HOST),
                "the certificate of \"CN=server\" is not valid before "),
        UNKNOWN_ISSUER(
                () -> TestCertificates.untrustedServer(HOST),
                "the certificate of \"CN=server\" is not trusted: unknown issuer"
                        + " \"CN=Test untrusted ca\""),
        SELF_SIGNED(
                () -> CertificateForm.of("CN=me", HOST).selfSigned(),
                "the certificate of \"CN=me\" is not trusted: it is signed by itself"),
        OF_AN_AUTHORITY(
                () ->
                        CertificateForm.of("CN=x", HOST)
                                .asAuthority()
                                .issuedBy(TestCertificates.ca()),
                "the certificate of \"CN=x\" is not acceptable: KeyUsage");

        @SuppressWarnings("ImmutableEnumChecker") // makes a new one each time
        private final Supplier<TestCertificate> certificate;

        private final String text;

        Refused(Supplier<TestCertificate> certificate, String text) {
            this.certificate = certificate;
            this.text = text;
        }

        Tls tls() {
            return Tls.server(certificate.get().serverContext());
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientSaysWhyItRefusesACertificate(Refused refused) throws Exception {
        Server server = listen(refused.tls());
        for (String protocol : TlsOptions.PROTOCOLS) {
            Tls client = CLIENT.withProtocols(List.of(protocol));
            var e =
                    assertThrows(
                            SSLHandshakeException.class, () -> connect(server, client).close());
            assertTrue(e.getMessage().contains(refused.text), e::toString);
        }
        assertEndedWithoutHandler(server, 2);
    }

    private void assertEndedWithoutHandler(Server server, int failures) throws Exception {
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(failures, server.refusedCount());
        assertEquals(0, server.acceptedCount());
        assertEquals(0, handled.get());
    }

    @Test
    void timesOfAnInvalidCertificateAreNamed() throws Exception {
        TestCertificate expired = TestCertificates.expired(HOST);
        Server server = listen(Tls.server(expired.serverContext()));
        var e = assertThrows(SSLHandshakeException.class, () -> connect(server, CLIENT).close());
        var until = expired.form().until().truncatedTo(ChronoUnit.SECONDS);
        assertTrue(e.getMessage().contains("expired since " + until), e::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    @Tag("slow")
    void refusalsLeaveNothingBehind(String protocol) throws Exception {
        Server server = listen(Refused.OTHER_HOST.tls());
        Tls client = CLIENT.withProtocols(List.of(protocol));
        int before = Leftovers.openDescriptors();
        for (int round = 0; round < 100; round++) {
            assertThrows(SSLHandshakeException.class, () -> connect(server, client).close());
        }
        assertEndedWithoutHandler(server, 100);
        Eventually.holds(() -> Leftovers.openDescriptors() <= before);
    }

    /** The failures of both sides of a handshake. */
    private record Failures(String client, String server) {
        static Failures of(Tls client, Tls server) throws Exception {
            try (var link = Medium.MEMORY.open()) {
                var here = failureOf(link.here(), client.withServerName(HOST));
                var there = failureOf(link.there(), server);
                return new Failures(here.result(), there.result());
            }
        }

        private static Call<String> failureOf(Connection connection, Tls tls) {
            return Call.of(() -> {
                try (connection) {
                    connection.startTls(tls);
                    assertEquals(0, connection.read(1).length, "the handshake has not failed");
                    return "none";
                } catch (SSLHandshakeException e) {
                    return String.valueOf(e.getMessage());
                }
            });
        }

        void assertContain(String clientText, String serverText) {
            assertTrue(client.contains(clientText), client);
            assertTrue(server.contains(serverText), server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void serverSaysThatTheClientHasRefusedItsCertificate(Refused refused) throws Exception {
        Failures.of(CLIENT, refused.tls())
                .assertContain(
                        refused.text,
                        "the client has refused the certificate of this server (alert"
                                + " certificate_unknown)");
    }

    @Test
    void noCommonVersionIsNamedOnBothSides() throws Exception {
        Tls old = CLIENT.withProtocols(List.of("TLSv1.2"));
        Tls present = serverTls().withProtocols(List.of("TLSv1.3"));
        Failures.of(old, present)
                .assertContain(
                        "the server supports none of the TLS versions of this client (alert"
                                + " protocol_version)",
                        "The client supported protocol versions [TLSv1.2] are not accepted by"
                                + " server preferences [TLSv1.3]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS_AES_", "TLS_ECDHE_ECDSA_WITH_AES_"})
    void noCommonCipherIsNamedOnBothSides(String family) throws Exception {
        Tls client = CLIENT.withCiphers(List.of(family + "128_GCM_SHA256"));
        Tls server = serverTls().withCiphers(List.of(family + "256_GCM_SHA384"));
        Failures.of(client, server)
                .assertContain("the server found no acceptable cipher suite", "no cipher suites");
    }

    @Test
    void noCommonApplicationProtocolIsNamedOnBothSides() throws Exception {
        Failures.of(CLIENT.withAlpn(List.of("a")), serverTls().withAlpn(List.of("b", "c")))
                .assertContain(
                        "the server supports none of the application protocols (ALPN)",
                        "the client offers none of the application protocols [b, c]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void missingClientCertificateIsNamedOnBothSides(String protocol) throws Exception {
        Tls server = serverTls().withClientAuth(ClientAuth.NEED);
        Failures.of(CLIENT.withProtocols(List.of(protocol)), server)
                .assertContain(" certificate", "the client has shown no certificate");
    }
}
