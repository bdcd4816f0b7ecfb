package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.testing.ConnectionPair;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** The certificate of a server must be for the host that the client has connected to. */
@ParameterizedClass
@EnumSource(names = {"NIO", "MEMORY"})
class TlsNamesTest extends TlsFixture {
    private static Tls tlsFor(String... names) {
        return Tls.server(TestCertificates.server(names).serverContext());
    }

    @ParameterizedTest
    @CsvSource({
        "a.test, a.test, a.test",
        "A.Test, a.test, a.test",
        "a.test, A.TEST, a.test",
        "a.test., a.test, a.test",
        "a.test, *.test.example a.test, a.test",
        "a.b.test, *.b.test, a.b.test",
        "A.b.test., *.B.test, a.b.test",
        "a_b.test, a_b.test,",
        "a_b.c.test, *.c.test,",
        "localhost, localhost, localhost",
        "bücher.test, xn--bcher-kva.test, xn--bcher-kva.test",
        "xn--bcher-kva.test, xn--bcher-kva.test, xn--bcher-kva.test",
        "127.0.0.1, 127.0.0.1,",
    })
    void certificateForTheHostIsAccepted(String host, String names, String sentName)
            throws Exception {
        Server server = listen(tlsFor(names.split(" ")));
        try (Connection connection = connect(host, server, CLIENT)) {
            assertEquals("hello", exchange(connection, "hello"));
            assertEquals(
                    Optional.ofNullable(sentName), connection.tls().orElseThrow().serverName());
        }
        assertEquals(Optional.ofNullable(sentName), sessions.getFirst().serverName());
    }

    @ParameterizedTest
    @CsvSource({
        "a.test, b.test",
        "a.b.c.test, *.c.test",
        "c.test, *.c.test",
        "a.test, *.test",
        "localhost, *",
        "a_b.test, other.test",
        "ab.c.test, a*.c.test",
        "bücher.test, buecher.test",
        "127.0.0.1, localhost",
        "127.0.0.1, 127.0.0.2",
        "xa.test, a.test",
        "a.test.b.test, a.test",
    })
    void certificateForAnotherHostIsRefusedNamingBoth(String host, String name) throws Exception {
        Server server = listen(tlsFor(name));
        var e =
                assertThrows(
                        SSLHandshakeException.class, () -> connect(host, server, CLIENT).close());
        String ascii = host.equals("bücher.test") ? "xn--bcher-kva.test" : host;
        assertTrue(e.getMessage().contains(ascii), e::toString);
        assertTrue(e.getMessage().contains(name), e::toString);
    }

    @Test
    void textOfAnAddressAsADnsNameIsNotItsAddress() throws Exception {
        assertFalse(
                PeerName.of("10.0.0.1")
                        .matches(TestCertificates.server("10.0.0.1.test").certificate()));
    }

    @ParameterizedTest
    @CsvSource({"::1", "[::1]", "0:0:0:0:0:0:0:1", "::1%lo", "[::1%lo]", "::1%1"})
    void addressOfVersion6IsCheckedWithoutItsZone(String host) throws Exception {
        PeerName name = PeerName.of(host);
        Server server = listen(tlsFor("::1"));
        assertEquals("TLSv1.3", session(server, CLIENT.withServerName(host)).protocol());
        assertEquals(Optional.empty(), sessions.getFirst().serverName());
        assertTrue(name.matches(TestCertificates.server("::1").certificate()));
        assertFalse(name.matches(TestCertificates.server("::2").certificate()));
        assertFalse(name.matches(TestCertificates.server("localhost").certificate()));
        assertEquals(null, name.serverName());
    }

    @ParameterizedTest
    @CsvSource({".", "..", "a..b", ".a", "-", "a b", "ü..b", "*.test", "ü_b.test"})
    void strangeNameIsNoIllegalArgument(String host) throws Exception {
        Server server = listen(tlsFor("a.test"));
        var context = Tls.client(TestCertificates.clientContext());
        for (Tls tls : List.of(CLIENT, context)) {
            assertThrows(SSLHandshakeException.class, () -> connect(host, server, tls).close());
        }
    }

    @ParameterizedTest
    @EnumSource(Careless.class)
    void trustManagerOfTheUserDoesNotTurnOffTheCheck(Careless trust) throws Exception {
        Tls tls = Tls.client(trust.context());
        Server server = listen(tlsFor("a.test"));
        for (int i = 0; i < 3; i++) { // the later ones may resume a session
            var e =
                    assertThrows(
                            SSLHandshakeException.class,
                            () -> connect("b.test", server, tls).close());
            assertTrue(e.getMessage().contains("b.test"), e::toString);
            try (Connection connection = connect("a.test", server, tls)) {
                assertEquals("hello", exchange(connection, "hello"));
            }
        }
        assertThrows(SSLHandshakeException.class, () -> connect("127.0.0.1", server, tls).close());
        assertThrows(SSLHandshakeException.class, () -> connect("b_c.test", server, tls).close());
    }

    /** Trust managers of users, which trust everybody. */
    enum Careless {
        PLAIN {
            @Override
            TrustManager manager() {
                return new Plain();
            }
        },
        EXTENDED {
            @Override
            TrustManager manager() {
                return new Extended();
            }
        };

        abstract TrustManager manager();

        SSLContext context() throws GeneralSecurityException {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {manager()}, null);
            return context;
        }
    }

    private static final class Plain implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static final class Extended extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void connectionWithoutAHostNeedsAServerName() throws Exception {
        try (ConnectionPair pair = ConnectionPair.open()) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class, () -> pair.first().startTls(CLIENT));
            assertTrue(e.getMessage().contains("withServerName"), e::toString);
            pair.first().writeLine("still plaintext");
            assertEquals("still plaintext", pair.second().readLine());
        }
    }

    @Test
    void serverNameReplacesTheHost() throws Exception {
        Server server = listen(tlsFor("b.test"));
        try (Connection connection = connect("a.test", server, CLIENT.withServerName("b.test"))) {
            assertEquals("hello", exchange(connection, "hello"));
        }
        assertEquals(Optional.of("b.test"), sessions.getFirst().serverName());
    }

    @Test
    void insecureClientAcceptsEverythingAndSaysSo() throws Exception {
        Tls insecure;
        try (var log = new CapturedLog()) {
            insecure = Tls.client().insecureTrustAll();
            assertEquals(1, log.lines(" WARN ").size(), log::text);
            assertTrue(log.text().contains("insecureTrustAll"), log::text);
        }
        Server server = listen(Tls.server(TestCertificates.expired("x.test").serverContext()));
        for (String host : List.of("a.test", "127.0.0.1", "a_b.test")) {
            try (Connection connection = connect(host, server, insecure)) {
                assertEquals("hello", exchange(connection, "hello"));
            }
        }
    }

    @Test
    void unixSocketNeedsAServerName() throws Exception {
        var address = Place.UNIX.newAddress();
        try (var unix = Runtime.open()) {
            var options = ServerOptions.DEFAULT.withTls(serverTls());
            unix.listen(address, options, TlsFixture::echo);
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> unix.connect(address, ConnectOptions.DEFAULT.withTls(CLIENT)));
            assertTrue(e.getMessage().contains("withServerName"), e::toString);
            var named = ConnectOptions.DEFAULT.withTls(CLIENT.withServerName(HOST));
            try (Connection connection = unix.connect(address, named)) {
                assertEquals("hello", exchange(connection, "hello"));
            }
        }
    }
}
