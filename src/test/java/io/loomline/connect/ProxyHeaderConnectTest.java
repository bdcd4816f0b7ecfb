package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.probe.Eventually;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Connects that announce another client's address. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ProxyHeaderConnectTest extends ProxyFixture {
    private static final SocketAddress CLIENT =
            new InetSocketAddress(InetAddress.ofLiteral("203.0.113.5"), 4711);
    private static final SocketAddress SERVICE =
            new InetSocketAddress(InetAddress.ofLiteral("198.51.100.1"), 443);

    private static final ProxyHeader HEADER = ProxyHeader.v2(CLIENT, SERVICE).withChecksum();
    private static final ProxyProtocol RULES = ProxyProtocol.from("127.0.0.0/8", "::1");
    private static final ServerOptions BEHIND_PROXY =
            ServerOptions.DEFAULT.withProxyProtocol(RULES);

    private static void tellAddress(Connection connection) throws Exception {
        connection.writeLine("" + connection.remoteAddress());
        for (String line : connection.lines()) connection.writeLine(line);
    }

    private Server listen(ServerOptions options) throws Exception {
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return runtime.listen(loopback, options, ProxyHeaderConnectTest::tellAddress);
    }

    private void assertAnnounces(int port, ConnectOptions options) throws Exception {
        try (var connection = runtime.connect("localhost", port, options)) {
            assertEquals("" + CLIENT, connection.readLine());
            connection.writeLine("hello");
            assertEquals("hello", connection.readLine());
        }
    }

    @Test
    void serverSpeaksFirstAfterTheHeader() throws Exception {
        ConnectOptions options = ConnectOptions.DEFAULT.withProxyHeader(HEADER);
        assertAnnounces(listen(BEHIND_PROXY).port(), options);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void headerIsInFrontOfTls(String protocol) throws Exception {
        var certificate = TestCertificates.server("localhost");
        Tls server = Tls.server(certificate.chain(), certificate.key());
        Tls client = Tls.client().withTrustedCertificates(TestCertificates.ca().chain());
        for (ProxyHeader header : List.of(HEADER, ProxyHeader.v1(CLIENT, SERVICE))) {
            assertAnnounces(
                    listen(BEHIND_PROXY.withTls(server)).port(),
                    ConnectOptions.DEFAULT
                            .withTls(client.withProtocols(List.of(protocol)))
                            .withProxyHeader(header));
        }
    }

    @Test
    void headerIsForTheServerBehindASocksProxy() throws Exception {
        String expected = HexFormat.of().formatHex(HEADER.encode());
        try (var proxy =
                serve(peer -> {
                    peer.expect("050100");
                    peer.send("0500");
                    peer.expect("05010003 0c 736572766963652e74657374 0050");
                    peer.send("05000001000000000000");
                    peer.expect(expected);
                    peer.awaitEnd();
                })) {
            var options =
                    ConnectOptions.DEFAULT
                            .withProxy(Proxy.socks5("localhost", proxy.port()))
                            .withProxyHeader(HEADER);
            runtime.connect("service.test", 80, options).close();
            proxy.awaitScript();
        }
    }

    /** The clients of a chain of proxies are known to the server at its end. */
    @Test
    void relayPassesOnTheHeaderThatItHasReceived() throws Exception {
        Server last = listen(BEHIND_PROXY);
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Server relay =
                runtime.listen(
                        loopback,
                        BEHIND_PROXY,
                        client -> {
                            ProxyHeader header = client.proxyHeader().orElseThrow();
                            var options = ConnectOptions.DEFAULT.withProxyHeader(header);
                            try (var server = runtime.connect(last.localAddress(), options)) {
                                Relay.between(client, server).run();
                            }
                        });
        assertAnnounces(relay.port(), ConnectOptions.DEFAULT.withProxyHeader(HEADER));
        Eventually.holds(() -> relay.connectionCount() == 0);
    }

    @Test
    void ownAddressesStayTheConnectionsOwn() throws Exception {
        Server server = listen(BEHIND_PROXY);
        var options = ConnectOptions.DEFAULT.withProxyHeader(HEADER);
        try (var connection = runtime.connect(server.localAddress(), options)) {
            assertEquals(server.localAddress(), connection.remoteAddress());
            assertEquals(Optional.empty(), connection.proxyHeader());
        }
    }
}
