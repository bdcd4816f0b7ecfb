package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;

/** Connecting through a SOCKS5 proxy, a good one and bad ones: RFC 1928, RFC 1929. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class Socks5ProxyTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String NO_CREDENTIALS = "05 01 00";
    private static final String WITH_CREDENTIALS = "05 02 00 02";

    /** To {@code far.test}, port 258. */
    private static final String REQUEST = "05 01 00 03 08 6661722e74657374 0102";

    private static final String DONE = "05 00 00 01 7f000001 1234";

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
        return through(Proxy.socks5("127.0.0.1", proxy.port()), host);
    }

    private Connection through(Proxy proxy, String host) throws Exception {
        return runtime.connect(host, 258, ConnectOptions.DEFAULT.withProxy(proxy));
    }

    private static void echoes(Connection connection) throws Exception {
        try (connection) {
            connection.writeLine("hello");
            assertEquals("hello", connection.readLine());
        }
    }

    @Test
    void nameIsResolvedAtTheProxy() throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(NO_CREDENTIALS);
                            talk.say("05 00");
                            talk.expect(REQUEST);
                            talk.say(DONE);
                            talk.echo();
                        })) {
            echoes(through(proxy, "far.test"));
            proxy.awaitScript();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.9, 05 01 00 01 7f000009 0102",
        "::2, 05 01 00 04 00000000000000000000000000000002 0102"
    })
    void ipAddressIsSentInBinaryForm(String host, String request) throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(NO_CREDENTIALS);
                            talk.say("05 00");
                            talk.expect(request);
                            talk.say("05 00 00 03 03 616263 1234");
                            talk.echo();
                        })) {
            echoes(through(proxy, host));
            var resolved = new InetSocketAddress(host, 258);
            var options = ConnectOptions.DEFAULT.withProxy(Proxy.socks5("127.0.0.1", proxy.port()));
            echoes(runtime.connect(resolved, options));
        }
    }

    /** It is this machine's, whether it has such an interface or not. */
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
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(NO_CREDENTIALS);
                            talk.say("05 00");
                            talk.expect("05 01 00 04 fe800000000000000000000000000001 0102");
                            talk.say(DONE);
                            talk.echo();
                        })) {
            echoes(through(proxy, host));
        }
    }

    @Test
    void repliesMayArriveByteByByteAndLaterBytesBelongToTheTarget() throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(WITH_CREDENTIALS);
                            talk.trickle("05 02");
                            talk.expect("01 02 6d65 06 736563726574"); // me, secret
                            talk.trickle("01 00");
                            talk.expect(REQUEST);
                            talk.trickle(
                                    "05 00 00 04 00000000000000000000000000000001 0001 68690a");
                            talk.echo();
                        })) {
            var known = Proxy.socks5("127.0.0.1", proxy.port()).withCredentials("me", "secret");
            try (var connection = through(known, "far.test")) {
                assertEquals("hi", connection.readLine());
            }
        }
    }

    @Test
    void emptyPasswordIsSent() throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(WITH_CREDENTIALS);
                            talk.say("05 02");
                            talk.expect("01 02 6d65 00");
                            talk.say("01 00");
                            talk.expect(REQUEST);
                            talk.say(DONE);
                            talk.echo();
                        })) {
            var known = Proxy.socks5("127.0.0.1", proxy.port()).withCredentials("me", "");
            echoes(through(known, "far.test"));
            proxy.awaitScript();
        }
    }

    /** Each is a whole conversation: what the proxy says, separated by what it waits for. */
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
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(NO_CREDENTIALS);
                            talk.say(answer);
                            talk.awaitEnd();
                        })) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(
                    e.getMessage().contains("far.test:258 through SOCKS5 proxy 127.0.0.1:"),
                    e::toString);
            assertTrue(e.getMessage().contains("" + proxy.port()), e::toString);
            assertTrue(e.getMessage().contains(meaning), e::toString);
            assertEquals(1, e.getSuppressed().length);
            proxy.awaitScript(); // the connection to it is closed
        }
    }

    @Test
    void rejectedPasswordIsNotInTheMessage() throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(WITH_CREDENTIALS);
                            talk.say("05 02");
                            talk.expect("01 02 6d65 06 736563726574");
                            talk.say("01 01");
                            talk.awaitEnd();
                        })) {
            var known = Proxy.socks5("127.0.0.1", proxy.port()).withCredentials("me", "secret");
            var e = assertThrows(ConnectFailedException.class, () -> through(known, "far.test"));
            assertTrue(e.getMessage().contains("credentials of me"), e::toString);
            assertTrue(!e.getMessage().contains("secret"), e::toString);
            proxy.awaitScript();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "05", "05 00", "05 00 05", "05 00 05 00 00 01 7f0000"})
    void proxyThatEndsTheConnectionEarlyIsAFailure(String before) throws Exception {
        try (var proxy =
                new FakeProxy(
                        runtime,
                        talk -> {
                            talk.expect(NO_CREDENTIALS);
                            talk.say(before);
                        })) {
            var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "far.test"));
            assertTrue(e.getMessage().contains("far.test:258 through SOCKS5 proxy"), e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void silentProxyTimesOutAndIsNamed(int bytes) throws Exception {
        try (var proxy = new FakeProxy(runtime, FakeProxy.silentAfter(bytes))) {
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
        var proxy = new FakeProxy(runtime, FakeProxy.silentAfter(0));
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
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> runtime.connect(path, ConnectOptions.DEFAULT.withProxy(proxy)));
        assertTrue(e.getMessage().contains("/tmp/target"), e::toString);
    }
}
