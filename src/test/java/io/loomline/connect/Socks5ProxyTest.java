package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;

/** Connects through SOCKS5 proxies that comply with RFC 1928 and RFC 1929, and that do not. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class Socks5ProxyTest extends ProxyFixture {
    private static final String NO_CREDENTIALS = "05 01 00";
    private static final String WITH_CREDENTIALS = "05 02 00 02";

    /** A request for {@code far.test}, port 258. */
    private static final String REQUEST = "05 01 00 03 08 6661722e74657374 0102";

    private static final String SUCCESS = "05 00 00 01 7f000001 1234";

    private Connection through(FakeProxy proxy, String host) throws Exception {
        return through(Proxy.socks5("127.0.0.1", proxy.port()), host);
    }

    private Connection through(Proxy proxy, String host) throws Exception {
        return through(proxy, host, 258);
    }

    /** Accepts one request without credentials, then echoes lines as the target. */
    private static FakeProxy.Script accepting(String request, String reply) {
        return peer -> {
            peer.expect(NO_CREDENTIALS);
            peer.send("05 00");
            peer.expect(request);
            peer.send(reply);
            peer.echo();
        };
    }

    /** Requires a login, and answers it. */
    private static void logIn(FakeProxy.Peer peer, String login, String answer) throws Exception {
        peer.expect(WITH_CREDENTIALS);
        peer.send("05 02");
        peer.expect(login);
        peer.send(answer);
    }

    private static void assertEchoes(Connection connection) throws Exception {
        try (connection) {
            connection.writeLine("hello");
            assertEquals("hello", connection.readLine());
        }
    }

    @Test
    void nameIsResolvedAtTheProxy() throws Exception {
        try (var proxy = serve(accepting(REQUEST, SUCCESS))) {
            assertEchoes(through(proxy, "far.test"));
            proxy.awaitScript();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.9, 05 01 00 01 7f000009 0102",
        "::2, 05 01 00 04 00000000000000000000000000000002 0102"
    })
    void ipAddressIsSentInBinaryForm(String host, String request) throws Exception {
        try (var proxy = serve(accepting(request, "05 00 00 03 03 616263 1234"))) {
            assertEchoes(through(proxy, host));
            var resolved = new InetSocketAddress(host, 258);
            var own = Proxy.socks5("127.0.0.1", proxy.port());
            assertEchoes(through(own, resolved));
        }
    }

    /** A zone has a meaning on this machine only, whether it has such an interface or not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fe80::1%lo",
                "fe80::1%1",
                "[fe80::1%lo]",
                "fe80::1%nosuch0",
                "fe80::1%25lo",
                "FE80:0:0:0:0:0:0:1%eth0.5"
            })
    void zoneIsNotSent(String host) throws Exception {
        try (var proxy =
                serve(accepting("05 01 00 04 fe800000000000000000000000000001 0102", SUCCESS))) {
            assertEchoes(through(proxy, host));
        }
    }

    @Test
    void repliesMayArriveByteByByteAndLaterBytesBelongToTheTarget() throws Exception {
        try (var proxy =
                serve(peer -> {
                    peer.expect(WITH_CREDENTIALS);
                    peer.sendByteByByte("05 02");
                    peer.expect("01 02 6d65 06 736563726574"); // me, secret
                    peer.sendByteByByte("01 00");
                    peer.expect(REQUEST);
                    peer.sendByteByByte("05 00 00 04 00000000000000000000000000000001 0001 68690a");
                    peer.echo();
                })) {
            var authenticated =
                    Proxy.socks5("127.0.0.1", proxy.port()).withCredentials("me", "secret");
            try (var connection = through(authenticated, "far.test")) {
                assertEquals("hi", connection.readLine());
            }
        }
    }

    @Test
    void emptyPasswordIsSent() throws Exception {
        try (var proxy =
                serve(peer -> {
                    logIn(peer, "01 02 6d65 00", "01 00");
                    peer.expect(REQUEST);
                    peer.send(SUCCESS);
                    peer.echo();
                })) {
            var authenticated = Proxy.socks5("127.0.0.1", proxy.port()).withCredentials("me", "");
            assertEchoes(through(authenticated, "far.test"));
            proxy.awaitScript();
        }
    }

    /** Each row has all bytes that the proxy sends, and the reason in the message. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "05 ff; the proxy requires credentials",
                "05 02; the proxy selected authentication method 2, which was not offered",
                "04 00; it is not a SOCKS5 proxy",
                "48 54; it is not a SOCKS5 proxy",
                "05 00 05 01 00 01; general SOCKS server failure (1)",
                "05 00 05 02 00 01; connection not allowed by ruleset (2)",
                "05 00 05 03 00 01; network unreachable (3)",
                "05 00 05 04 00 01; host unreachable (4)",
                "05 00 05 05 00 01; connection refused (5)",
                "05 00 05 06 00 01; TTL expired (6)",
                "05 00 05 07 00 01; command not supported (7)",
                "05 00 05 08 00 01; address type not supported (8)",
                "05 00 05 fe 00 01; unknown failure (254)",
                "05 00 04 00 00 01; it is not a SOCKS5 proxy",
                "05 00 05 00 00 09; unknown address type 9"
            })
    void refusalNamesProxyTargetAndReply(String answer, String meaning) throws Exception {
        try (var proxy =
                serve(peer -> {
                    peer.expect(NO_CREDENTIALS);
                    peer.send(answer);
                    peer.awaitEnd();
                })) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(
                    e.getMessage().contains("far.test:258 through SOCKS5 proxy 127.0.0.1:"),
                    e::toString);
            assertTrue(e.getMessage().contains("" + proxy.port()), e::toString);
            assertTrue(e.getMessage().contains(meaning), e::toString);
            assertEquals(1, e.getSuppressed().length);
            proxy.awaitScript(); // the client has closed the connection
        }
    }

    @Test
    void rejectedPasswordIsNotInTheMessage() throws Exception {
        try (var proxy =
                serve(peer -> {
                    logIn(peer, "01 02 6d65 06 736563726574", "01 01");
                    peer.awaitEnd();
                })) {
            var authenticated =
                    Proxy.socks5("127.0.0.1", proxy.port()).withCredentials("me", "secret");
            var e =
                    assertThrows(
                            ConnectFailedException.class, () -> through(authenticated, "far.test"));
            assertTrue(e.getMessage().contains("credentials of me"), e::toString);
            assertTrue(!e.getMessage().contains("secret"), e::toString);
            proxy.awaitScript();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "05", "05 00", "05 00 05", "05 00 05 00 00 01 7f0000"})
    void proxyThatEndsTheConnectionEarlyIsAFailure(String before) throws Exception {
        try (var proxy =
                serve(peer -> {
                    peer.expect(NO_CREDENTIALS);
                    peer.send(before);
                })) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(e.getMessage().contains("far.test:258 through SOCKS5 proxy"), e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void silentProxyTimesOutAndIsNamed(int bytes) throws Exception {
        try (var proxy = serve(FakeProxy.silentAfter(bytes))) {
            var call = Call.of(() -> through(proxy, "far.test")).awaitIn("authenticate");
            clock.advance(Duration.ofSeconds(10));
            var e = call.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("far.test:258"), e::toString);
            assertTrue(
                    e.getMessage().contains("SOCKS5 proxy 127.0.0.1:" + proxy.port()), e::toString);
            Eventually.holds(() -> !proxy.hasClients());
        }
    }

    @Test
    void unreachableProxyIsNamedWithTheTarget() throws Exception {
        var proxy = serve(FakeProxy.silentAfter(0));
        proxy.close();
        var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
        assertTrue(
                e.getMessage().contains("far.test:258 through SOCKS5 proxy 127.0.0.1"),
                e::toString);
        assertTrue(e.getMessage().contains("refused"), e::toString);
    }

    @Test
    void textAndAddressesThatSocksCannotCarryAreRejected() {
        var proxy = Proxy.socks5("127.0.0.1", 1080);
        var longest = "x".repeat(255);
        proxy.withCredentials(longest, longest);
        for (String bad : new String[] {"", longest + "x"}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> proxy.withCredentials(bad, "secret"));
            assertTrue(e.getMessage().contains("1 to 255"), e::toString);
        }
        var tooLong =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> proxy.withCredentials("me", longest + "x"));
        assertTrue(tooLong.getMessage().contains("0 to 255"), tooLong::toString);
        assertThrows(IllegalArgumentException.class, () -> through(proxy, longest + "x"));
        var path = UnixDomainSocketAddress.of("/tmp/target");
        var e = assertThrows(IllegalArgumentException.class, () -> through(proxy, path));
        assertTrue(e.getMessage().contains("/tmp/target"), e::toString);
    }
}
