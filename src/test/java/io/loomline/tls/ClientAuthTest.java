package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.tls.Tls.ClientAuth;
import io.loomline.tls.keys.CertificateForm;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** Certificates of clients. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL", "UNIX", "MEMORY"})
class ClientAuthTest extends TlsFixture {
    private static final int ROUNDS = 300;

    private static Tls asking(ClientAuth clientAuth) throws IOException {
        TestCertificate own = TestCertificates.server(HOST);
        return Tls.server(own.chain(), own.key())
                .withTrustedCertificates(TestCertificates.ca().chain())
                .withClientAuth(clientAuth);
    }

    private static Tls showing(TestCertificate own) throws IOException {
        return CLIENT.withCertificate(own.chain(), own.key());
    }

    @ParameterizedTest
    @EnumSource
    void serverSeesTheChainOfTheClientIfItAsks(ClientAuth clientAuth) throws Exception {
        Server server = listen(asking(clientAuth));
        TestCertificate direct = TestCertificates.client("alice");
        TestCertificate below =
                CertificateForm.of("CN=bob").issuedBy(TestCertificates.intermediate());
        for (String protocol : TlsOptions.PROTOCOLS) {
            for (TestCertificate own : List.of(direct, below)) {
                session(server, showing(own).withProtocols(List.of(protocol)));
                boolean asks = clientAuth != ClientAuth.NONE;
                assertEquals(
                        asks ? own.certificates() : List.of(),
                        sessions.getLast().peerCertificates());
            }
        }
    }

    @Test
    void clientWithoutACertificateIsServedIfItIsOptional() throws Exception {
        Server server = listen(asking(ClientAuth.WANT));
        for (String protocol : TlsOptions.PROTOCOLS) {
            session(server, CLIENT.withProtocols(List.of(protocol)));
            assertEquals(List.of(), sessions.getLast().peerCertificates());
        }
    }

    /** Clients that a server refuses, and the alert. */
    enum Refused {
        WITHOUT_CERTIFICATE(
                "the server requires a certificate, and this client has shown none (alert"
                        + " certificate_required)") {
            @Override
            Tls tls() {
                return CLIENT;
            }
        },
        UNTRUSTED(
                "the server has refused the certificate of this client (alert"
                        + " certificate_unknown)") {
            @Override
            Tls tls() throws IOException {
                return showing(
                        CertificateForm.of("CN=mallory").issuedBy(TestCertificates.untrustedCa()));
            }
        },
        EXPIRED(
                "the server has refused the certificate of this client (alert"
                        + " certificate_unknown)") {
            @Override
            Tls tls() throws IOException {
                return Tls.client(TestCertificates.clientContext(TestCertificates.expired()));
            }
        };

        private final String text;

        Refused(String text) {
            this.text = text;
        }

        abstract Tls tls() throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void connectOfARefusedClientFailsWithTls12(Refused refused) throws Exception {
        Server server = listen(asking(ClientAuth.NEED));
        Tls client = refused.tls().withProtocols(List.of("TLSv1.2"));
        var e = assertThrows(SSLHandshakeException.class, () -> connect(server, client).close());
        assertTrue(e.getMessage().contains(" certificate"), e::toString);
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void firstReadOfARefusedClientNamesTheAlert(Refused refused) throws Exception {
        Server server = listen(asking(ClientAuth.NEED));
        Tls client = refused.tls();
        for (int round = 0; round < ROUNDS; round++) {
            try (Connection connection = connect(server, client)) {
                var e = assertThrows(SSLException.class, connection::readLine);
                assertTrue(e.getMessage().contains(refused.text), e::toString);
            }
        }
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void firstWriteOfARefusedClientThatFailsNamesTheAlert(Refused refused) throws Exception {
        Server server = listen(asking(ClientAuth.NEED));
        Tls client = refused.tls();
        for (int round = 0; round < ROUNDS; round++) {
            try (Connection connection = connect(server, client)) {
                Eventually.holds(() -> server.connectionCount() == 0);
                var e =
                        assertThrows(
                                SSLException.class,
                                () -> {
                                    while (true) connection.writeLine("is anybody there?");
                                });
                assertTrue(e.getMessage().contains(refused.text), e::toString);
            }
        }
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void readAfterWritesOfARefusedClientNamesTheAlert(Refused refused) throws Exception {
        Server server = listen(asking(ClientAuth.NEED));
        Tls client = refused.tls();
        for (int round = 0; round < ROUNDS; round++) {
            try (Connection connection = connect(server, client)) {
                var e = assertThrows(SSLException.class, () -> exchange(connection, "hello"));
                assertTrue(e.getMessage().contains(refused.text), e::toString);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void askingWithoutSayingWhomToTrustIsRefused(ClientAuth clientAuth) throws Exception {
        TestCertificate own = TestCertificates.server(HOST);
        Tls tls = Tls.server(own.chain(), own.key()).withClientAuth(clientAuth);
        if (clientAuth == ClientAuth.NONE) {
            session(listen(tls), CLIENT);
            return;
        }
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> ServerOptions.DEFAULT.withTls(tls));
        assertTrue(e.getMessage().contains("withTrustedCertificates"), e::toString);
    }
}
