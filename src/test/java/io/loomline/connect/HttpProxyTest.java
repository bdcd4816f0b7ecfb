package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Connects through HTTP proxies that comply with RFC 9110, section 9.3.6, and that do not. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class HttpProxyTest extends ProxyFixture {
    private Connection through(FakeProxy proxy, String host) throws Exception {
        return through(Proxy.http("127.0.0.1", proxy.port()), host);
    }

    private Connection through(Proxy proxy, String host) throws Exception {
        return through(proxy, host, 443);
    }

    /** A proxy that reads a request and sends a fixed response. */
    private FakeProxy answering(String answer) throws IOException {
        return serve(peer -> {
            while (!peer.connection().readLine().isEmpty()) {}
            peer.sendText(answer);
            peer.echo();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "far.test, far.test:443",
        "10.0.0.1, 10.0.0.1:443",
        "::2, [::2]:443",
        "fe80::1%lo, [fe80::1]:443",
        "[fe80::1%lo], [fe80::1]:443",
        "fe80::1%nosuch0, [fe80::1]:443"
    })
    void requestLineAndHostFieldNameTheTarget(String host, String authority) throws Exception {
        try (var proxy =
                serve(peer -> {
                    peer.expectLine("CONNECT " + authority + " HTTP/1.1");
                    peer.expectLine("Host: " + authority);
                    peer.expectLine("");
                    peer.sendText("HTTP/1.1 200 OK\r\n\r\n");
                    peer.echo();
                })) {
            try (var connection = through(proxy, host)) {
                connection.writeLine("hello");
                assertEquals("hello", connection.readLine());
            }
            proxy.awaitScript();
        }
    }

    @Test
    void zoneOfAResolvedAddressIsNotSent() throws Exception {
        byte[] bytes = InetAddress.ofLiteral("fe80::1").getAddress();
        var target = new InetSocketAddress(Inet6Address.getByAddress(null, bytes, 1), 443);
        assertEquals("[fe80:0:0:0:0:0:0:1]:443", ProxyTarget.of(target).toString());
        var bracketed = InetSocketAddress.createUnresolved("[fe80::1%lo]", 443);
        assertEquals("[fe80::1]:443", ProxyTarget.of(bracketed).toString());
    }

    @Test
    void credentialsAreBasic() throws Exception {
        try (var proxy =
                serve(peer -> {
                    peer.expectLine("CONNECT far.test:443 HTTP/1.1");
                    peer.expectLine("Host: far.test:443");
                    // the example of RFC 7617, section 2
                    peer.expectLine("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
                    peer.expectLine("");
                    peer.sendText("HTTP/1.1 200 OK\r\n\r\n");
                })) {
            var authenticated =
                    Proxy.http("127.0.0.1", proxy.port()).withCredentials("Aladdin", "open sesame");
            assertFalse(authenticated.toString().contains("sesame"), authenticated::toString);
            through(authenticated, "far.test").close();
            proxy.awaitScript();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 Connection established\r\n\r\n",
                "HTTP/1.0 200\r\n\r\n",
                "HTTP/1.1 299 Fine\r\nServer: s\r\nContent-Length: 7\r\n\r\n",
                "HTTP/1.1 200 OK\nServer: s\n\n",
                "HTTP/1.1 200 \u00ff\r\nServer: \u00fe\r\n\r\n",
                "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Soon\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
            })
    void bytesAfterTheResponseBelongToTheTarget(String answer) throws Exception {
        try (var proxy = answering(answer + "first\nsecond\n");
                var connection = through(proxy, "far.test")) {
            assertEquals("first", connection.readLine());
            assertEquals("second", connection.readLine());
        }
    }

    @Test
    void responseMayArriveByteByByte() throws Exception {
        try (var proxy =
                        serve(peer -> {
                            for (char each : "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhi\n".toCharArray()) {
                                peer.sendText("" + each);
                            }
                            peer.echo();
                        });
                var connection = through(proxy, "far.test")) {
            assertEquals("hi", connection.readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 407 Proxy Authentication Required\r\n",
                "HTTP/1.1 403 Forbidden\r\n",
                "HTTP/1.1 302 Found\r\n",
                "HTTP/1.1 502 Bad Gateway\r\n",
                "HTTP/2 200 OK\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 20 OK\r\n",
                "HTTP/1.1 2000 OK\r\n",
                "\r\n"
            })
    void refusalNamesProxyTargetAndResponse(String answer) throws Exception {
        try (var proxy = answering(answer)) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(
                    e.getMessage().contains("far.test:443 through HTTP proxy 127.0.0.1:"),
                    e::toString);
            assertTrue(e.getMessage().contains("'" + answer.strip() + "'"), e::toString);
            Eventually.holds(() -> !proxy.hasClients());
        }
    }

    @Test
    void responseIsEscapedAndTruncatedInTheMessage() throws Exception {
        try (var proxy = answering("HTTP/1.1 500 \u001b[31m" + "x".repeat(1000) + "\r\n")) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(e.getMessage().contains("500 \\u001b[31mxxx"), e::toString);
            assertTrue(e.getMessage().length() < 400, e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n"})
    void proxyThatEndsTheConnectionEarlyIsAFailure(String before) throws Exception {
        try (var proxy = serve(peer -> peer.sendText(before))) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(e.getMessage().contains("far.test:443 through HTTP proxy"), e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "HTTP/1.1 200 OK\r\nA: bbbbbbbbb\r\n", "HTTP/1.1 100 C\r\n\r\n"})
    void endlessResponseIsRejected(String piece) throws Exception {
        try (var proxy =
                serve(peer -> {
                    String head = piece.startsWith("HTTP/1.1 2") ? piece : "";
                    String tail = head.isEmpty() ? piece : "A: bbbbbbbbbb\r\n";
                    peer.sendText(head);
                    for (int sent = 0; sent <= 16 * 1024; sent += tail.length()) {
                        peer.sendText(tail);
                    }
                    peer.awaitEnd();
                })) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(e.getMessage().contains("longer than 16384 bytes"), e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nA: b\r\n"})
    void silentProxyTimesOutAndIsNamed(String before) throws Exception {
        try (var proxy = answering(before)) {
            var call = Call.of(() -> through(proxy, "far.test")).awaitIn("fill");
            clock.advance(Duration.ofSeconds(10));
            var e = call.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("far.test:443"), e::toString);
            assertTrue(
                    e.getMessage().contains("answer of HTTP proxy 127.0.0.1:" + proxy.port()),
                    e::toString);
            Eventually.holds(() -> !proxy.hasClients());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\r\nX: y", "a/b", "a@b", "m\u00fcller.test", "a\u0000"})
    void hostThatWouldForgeTheRequestIsRejected(String host) {
        var proxy = Proxy.http("127.0.0.1", 3128);
        assertThrows(IllegalArgumentException.class, () -> through(proxy, host));
    }

    @Test
    void credentialsThatWouldForgeTheRequestAreRejected() {
        var proxy = Proxy.http("127.0.0.1", 3128);
        assertThrows(IllegalArgumentException.class, () -> proxy.withCredentials("a:b", "c"));
        assertThrows(IllegalArgumentException.class, () -> proxy.withCredentials("a\r", "c"));
        assertThrows(IllegalArgumentException.class, () -> proxy.withCredentials("a", "c\n"));
        proxy.withCredentials("", "c:d");
    }
}
