package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
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

/** Connecting through an HTTP proxy, a good one and bad ones: RFC 9110, section 9.3.6. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class HttpProxyTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private final ManualClock clock = new ManualClock();
    private Runtime runtime;

    @BeforeEach
    void open() {
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withDriver(medium.newDriver()).withClock(clock));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private Connection through(FakeProxy proxy, String host) throws Exception {
        return through(Proxy.http("127.0.0.1", proxy.port()), host);
    }

    private Connection through(Proxy proxy, String host) throws Exception {
        return runtime.connect(host, 443, ConnectOptions.DEFAULT.withProxy(proxy));
    }

    /** Reads a request whole, and answers. */
    private FakeProxy answering(String answer) throws IOException {
        return new FakeProxy(
                runtime,
                talk -> {
                    while (!talk.connection().readLine().isEmpty()) {}
                    talk.sayText(answer);
                    talk.echo();
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
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expectLine("CONNECT " + authority + " HTTP/1.1");
                            talk.expectLine("Host: " + authority);
                            talk.expectLine("");
                            talk.sayText("HTTP/1.1 200 OK\r\n\r\n");
                            talk.echo();
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
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expectLine("CONNECT far.test:443 HTTP/1.1");
                            talk.expectLine("Host: far.test:443");
                            // of RFC 7617, section 2
                            talk.expectLine(
                                    "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
                            talk.expectLine("");
                            talk.sayText("HTTP/1.1 200 OK\r\n\r\n");
                        })) {
            var known =
                    Proxy.http("127.0.0.1", proxy.port()).withCredentials("Aladdin", "open sesame");
            assertFalse(known.toString().contains("sesame"), known::toString);
            through(known, "far.test").close();
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
                        new FakeProxy(
                                runtime,
                                talk -> {
                                    for (char each :
                                            "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhi\n".toCharArray()) {
                                        talk.sayText("" + each);
                                    }
                                    talk.echo();
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
        try (var proxy = new FakeProxy(runtime, talk -> talk.sayText(before))) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(e.getMessage().contains("far.test:443 through HTTP proxy"), e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "HTTP/1.1 200 OK\r\nA: bbbbbbbbb\r\n", "HTTP/1.1 100 C\r\n\r\n"})
    void endlessResponseIsRejected(String piece) throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            String head = piece.startsWith("HTTP/1.1 2") ? piece : "";
                            String tail = head.isEmpty() ? piece : "A: bbbbbbbbbb\r\n";
                            talk.sayText(head);
                            for (int sent = 0; sent <= 16 * 1024; sent += tail.length()) {
                                talk.sayText(tail);
                            }
                            talk.awaitEnd();
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
