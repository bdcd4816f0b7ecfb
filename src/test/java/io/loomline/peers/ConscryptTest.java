package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;
import io.loomline.task.Task;
import io.loomline.tls.Tls;
import io.loomline.tls.Tls.ClientAuth;
import io.loomline.tls.TlsTruncationException;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Our client and server over the contexts of another provider, Conscrypt. */
@ParameterizedClass
@EnumSource
class ConscryptTest extends TlsPeerFixture {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final TestCertificate SERVER = TestCertificates.server(HOST);
    private static final TestCertificate CLIENT = TestCertificates.client("Ann");

    /** Whose contexts the client and the server use. */
    enum Sides {
        CONSCRYPT_CLIENT(true, false),
        CONSCRYPT_SERVER(false, true),
        BOTH(true, true);

        private final boolean client;
        private final boolean server;

        Sides(boolean client, boolean server) {
            this.client = client;
            this.server = server;
        }
    }

    @Parameter Sides sides;

    @BeforeAll
    static void requireLibrary() {
        assumeTrue(Conscrypt.isAvailable(), "Conscrypt has no library for this machine");
    }

    private Tls server(String protocol) throws GeneralSecurityException {
        return Tls.server(context(sides.server, SERVER)).withProtocols(only(protocol));
    }

    private Tls client(String protocol) throws GeneralSecurityException {
        return Tls.client(context(sides.client, CLIENT)).withProtocols(only(protocol));
    }

    /** A context as a user makes it. */
    private static SSLContext context(boolean ofConscrypt, TestCertificate own)
            throws GeneralSecurityException {
        KeyStore store = emptyStore();
        var chain = own.certificates().toArray(X509Certificate[]::new);
        store.setKeyEntry("own", own.privateKey(), PASSWORD, chain);
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        Provider conscrypt = Conscrypt.newProvider();
        SSLContext context =
                ofConscrypt
                        ? SSLContext.getInstance("TLS", conscrypt)
                        : SSLContext.getInstance("TLS");
        // The JDK's trust managers refuse TLS 1.3 of Conscrypt: "Unknown authType: GENERIC".
        var trust =
                ofConscrypt
                        ? TrustManagerFactory.getInstance("PKIX", conscrypt)
                        : TrustManagerFactory.getInstance("PKIX");
        KeyStore authorities = emptyStore();
        authorities.setCertificateEntry("ca", TestCertificates.ca().certificate());
        trust.init(authorities);
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        return KeyStore.Builder.newInstance(
                        "PKCS12", null, new KeyStore.PasswordProtection(PASSWORD))
                .getKeyStore();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aMegabyteArrivesInBothDirectionsAtOnce(String protocol) throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        var ended = new CompletableFuture<Throwable>();
        int port = listen(server(protocol), ended, connection -> exchange(connection, bytes));
        try (var connection = connect(port, client(protocol))) {
            assertEquals(protocol, connection.tls().orElseThrow().protocol());
            exchange(connection, bytes);
        }
        assertNull(ended.get());
    }

    /** Ends the output only when the peer has sent all: in TLS 1.2 the end is that of both. */
    private void exchange(Connection connection, byte[] bytes) throws Exception {
        Task<Void> writing = runtime.start(() -> connection.write(bytes));
        assertArrayEquals(bytes, connection.readExactly(bytes.length));
        writing.join();
        connection.shutdownOutput();
        assertNull(connection.readLine());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void clientSeesAnEndWithoutCloseNotifyAsAnError(String protocol) throws Exception {
        int port =
                listen(
                        server(protocol),
                        connection -> {
                            connection.writeLine("one");
                            throw new EOFException("the rest is missing");
                        });
        try (var connection = connect(port, client(protocol))) {
            assertEquals("one", connection.readLine());
            assertThrows(TlsTruncationException.class, connection::readLine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void serverSeesAnEndWithoutCloseNotifyAsAnError(String protocol) throws Exception {
        var ended = new CompletableFuture<Throwable>();
        int port =
                listen(
                        server(protocol),
                        ended,
                        connection -> {
                            assertEquals("one", connection.readLine());
                            connection.readLine();
                        });
        var factory = context(false, CLIENT).getSocketFactory();
        try (var below = new Socket()) {
            below.connect(LoopbackAddress.of(port));
            var above = (SSLSocket) factory.createSocket(below, HOST, port, false);
            above.setEnabledProtocols(new String[] {protocol});
            above.getOutputStream().write("one\n".getBytes(US_ASCII));
            below.shutdownOutput();
            assertInstanceOf(TlsTruncationException.class, ended.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void refusesACertificateForAnotherHost(String protocol) throws Exception {
        int port = listen(server(protocol), TlsPeerFixture::echo);
        Tls tls = client(protocol).withServerName("other.example");
        assertThrows(SSLHandshakeException.class, () -> connect(port, tls));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void negotiatesAnApplicationProtocol(String protocol) throws Exception {
        Tls server = server(protocol).withAlpn(List.of("echo", "chat"));
        int port = listen(server, ConscryptTest::showAlpn);
        Tls client = client(protocol).withAlpn(List.of("other", "chat"));
        try (var connection = connect(port, client)) {
            var session = connection.tls().orElseThrow();
            assertEquals(Optional.of("chat"), session.applicationProtocol());
            assertEquals("chat", connection.readLine());
        }
        try (var connection = connect(port, client(protocol))) {
            var session = connection.tls().orElseThrow();
            assertEquals(Optional.empty(), session.applicationProtocol());
            assertEquals("none", connection.readLine());
        }
    }

    private static void showAlpn(Connection connection) throws Exception {
        var session = connection.tls().orElseThrow();
        connection.writeLine(session.applicationProtocol().orElse("none"));
    }

    /** A server of Conscrypt goes on without a protocol, where one of the JDK refuses. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void negotiatesNoApplicationProtocolThatOnlyOneSideHas(String protocol) throws Exception {
        int port = listen(server(protocol).withAlpn(List.of("echo")), ConscryptTest::showAlpn);
        Tls client = client(protocol).withAlpn(List.of("chat"));
        if (sides.server) {
            try (var connection = connect(port, client)) {
                assertEquals("none", connection.readLine());
            }
        } else {
            var failure = assertThrows(SSLException.class, () -> connect(port, client));
            assertTrue(failure.getMessage().contains("APPLICATION_PROTOCOL"), "" + failure);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void certificateOfTheClientIsInTheSession(String protocol) throws Exception {
        int port =
                listen(
                        server(protocol).withClientAuth(ClientAuth.NEED),
                        connection -> {
                            var chain = connection.tls().orElseThrow().peerCertificates();
                            connection.writeLine("" + chain.getFirst().getSubjectX500Principal());
                        });
        try (var connection = connect(port, client(protocol))) {
            assertEquals("CN=Ann", connection.readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void resumesASession(String protocol) throws Exception {
        int port = listen(server(protocol), TlsPeerFixture::echo);
        Tls client = client(protocol);
        for (int i = 0; i < 3; i++) {
            try (var connection = connect(port, client)) {
                connection.writeLine("hello");
                assertEquals("hello", connection.readLine());
                var session = connection.tls().orElseThrow();
                assertTrue(session.peerCertificates().contains(SERVER.certificate()));
            }
        }
    }
}
