package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.connect.ConnectOptions;
import io.loomline.connect.Proxy;
import io.loomline.connect.Resolver;
import io.loomline.datagram.DatagramOptions;
import io.loomline.datagram.MulticastOptions;
import io.loomline.driver.SocketOptions;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.server.AdmissionOptions;
import io.loomline.server.OverLimit;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.tls.Tls;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

import javax.net.ssl.SSLContext;

/** Options are checked when they are built. The message names the value and the bound. */
class NetOptionsTest {
    @Test
    void defaultsHaveLimits() {
        assertEquals(Duration.ofSeconds(10), ConnectOptions.DEFAULT.timeout());
        assertEquals(
                Limits.DEFAULT.withIdleTimeout(Limits.NO_LIMIT), ConnectOptions.DEFAULT.limits());
        assertEquals(Limits.DEFAULT, ServerOptions.DEFAULT.limits());
        assertEquals(4096, ServerOptions.DEFAULT.backlog());
        int connections = ServerOptions.DEFAULT.maxConnections();
        assertTrue(connections > 0 && connections <= 10_000, () -> "" + connections);
    }

    @Test
    void eachCopyDiffersInOneComponent() {
        var options = ServerOptions.DEFAULT.withMaxConnections(5).withBacklog(7);
        var keepAlive = SocketOptions.DEFAULT.withKeepAlive(true);
        var proxies = ProxyProtocol.from("127.0.0.1");
        var refusing = AdmissionOptions.DEFAULT.withOverLimit(OverLimit.REFUSE);
        var all =
                options.withSocket(keepAlive)
                        .withLimits(Limits.NONE)
                        .withResetOnFailure(true)
                        .withMaxHandshakes(3)
                        .withAdmission(refusing)
                        .withProxyProtocol(proxies);
        assertEquals(
                new ServerOptions(5, 7, Limits.NONE, keepAlive, true, null, 3, refusing, proxies),
                all);
        assertEquals(ServerOptions.DEFAULT.withMaxConnections(5).withBacklog(7), options);
    }

    @Test
    void tlsIsForOneSide() throws Exception {
        var server = Tls.server(SSLContext.getDefault());
        assertEquals(server, ServerOptions.DEFAULT.withTls(server).tls());
        assertEquals(
                "expected Tls.server(...), but this Tls is for clients",
                messageOf(() -> ServerOptions.DEFAULT.withTls(Tls.client())));
        assertEquals(
                "expected Tls.client(...), but this Tls is for servers",
                messageOf(() -> ConnectOptions.DEFAULT.withTls(server)));
    }

    private static String messageOf(Executable rejected) {
        return assertThrows(IllegalArgumentException.class, rejected).getMessage();
    }

    @Test
    void eachCopyOfConnectOptionsDiffersInOneComponent() {
        var options = ConnectOptions.DEFAULT;
        var local = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var proxy = Proxy.http("proxy.test", 3128);
        Resolver resolver = _ -> List.of();
        var tls = Tls.client();
        var header = ProxyHeader.local();
        var socket = SocketOptions.DEFAULT.withTcpNoDelay(false);
        var all =
                options.withTimeout(Duration.ofSeconds(3))
                        .withLimits(Limits.NONE)
                        .withLocalAddress(local)
                        .withProxy(proxy)
                        .withResolver(resolver)
                        .withSocket(socket)
                        .withTls(tls)
                        .withProxyHeader(header);
        assertEquals(
                new ConnectOptions(
                        Duration.ofSeconds(3),
                        Limits.NONE,
                        socket,
                        local,
                        resolver,
                        proxy,
                        tls,
                        header),
                all);
        assertEquals(
                "HTTP proxy proxy.test:3128", String.valueOf(options.withProxy(proxy).proxy()));
        assertTrue(SocketOptions.DEFAULT.tcpNoDelay());
        for (Executable missing :
                List.<Executable>of(
                        () -> options.withLimits(null),
                        () -> options.withSocket(null),
                        () -> options.withResolver(null),
                        () -> options.withLocalAddress(null),
                        () -> options.withProxy(null),
                        () -> options.withTls(null),
                        () -> options.withProxyHeader(null))) {
            assertThrows(NullPointerException.class, missing);
        }
    }

    @Test
    void eachCopyOfDatagramOptionsDiffersInOneComponent() {
        var remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 53);
        var socket = SocketOptions.DEFAULT.withReceiveBufferBytes(9);
        var options =
                DatagramOptions.DEFAULT
                        .withRemote(remote)
                        .withMaxPacketBytes(512)
                        .withReadTimeout(Duration.ofSeconds(2))
                        .withSocket(socket)
                        .withBroadcast(true)
                        .withReuseAddress(true)
                        .withMulticast(MulticastOptions.DEFAULT.withTimeToLive(3));
        assertEquals(
                new DatagramOptions(
                        remote,
                        512,
                        Duration.ofSeconds(2),
                        socket.withReuseAddress(true),
                        true,
                        new MulticastOptions(null, 3, true)),
                options);
        for (int bad : new int[] {0, -1, 65_536}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class, () -> options.withMaxPacketBytes(bad));
            assertTrue(e.getMessage().contains(bad + ": expected 1 to 65535"), e::toString);
        }
        assertThrows(IllegalArgumentException.class, () -> options.withReadTimeout(Duration.ZERO));
    }

    @Test
    void socketOptionsOutOfRangeAreRefused() {
        var options =
                SocketOptions.DEFAULT
                        .withTcpNoDelay(false)
                        .withKeepAlive(true)
                        .withSendBufferBytes(7)
                        .withReceiveBufferBytes(8)
                        .withReuseAddress(true)
                        .withReuseAddress(false)
                        .withTcpNoDelay(true)
                        .withKeepAlive(false)
                        .withSendBufferBytes(0)
                        .withReceiveBufferBytes(0);
        assertEquals(SocketOptions.DEFAULT, options);
        var e = assertThrows(IllegalArgumentException.class, () -> options.withSendBufferBytes(-1));
        assertTrue(e.getMessage().contains("sendBufferBytes -1: expected 0"), e::toString);
        assertThrows(IllegalArgumentException.class, () -> options.withReceiveBufferBytes(-2));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void numberBelowOneIsRefused(int number) {
        var options = ServerOptions.DEFAULT;
        requireRefused("maxConnections " + number, () -> options.withMaxConnections(number));
        requireRefused("backlog " + number, () -> options.withBacklog(number));
        options.withMaxConnections(1).withBacklog(1);
    }

    private static void requireRefused(String value, Runnable building) {
        var e = assertThrows(IllegalArgumentException.class, building::run);
        assertTrue(e.getMessage().contains(value + ": expected 1 or more"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT-0.000000001S"})
    void nonPositiveTimeoutIsRefused(String timeout) {
        var options = ConnectOptions.DEFAULT;
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> options.withTimeout(Duration.parse(timeout)));
        assertTrue(e.getMessage().contains(timeout), e::toString);
    }

    @Test
    void nullTimeoutIsRefused() {
        assertThrows(NullPointerException.class, () -> ConnectOptions.DEFAULT.withTimeout(null));
    }
}
