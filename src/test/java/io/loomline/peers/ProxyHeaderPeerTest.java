package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** PROXY headers from and to HAProxy and nginx. */
class ProxyHeaderPeerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final SocketAddress CLIENT4 =
            new InetSocketAddress(InetAddress.ofLiteral("203.0.113.5"), 4711);
    private static final SocketAddress SERVICE4 =
            new InetSocketAddress(InetAddress.ofLiteral("198.51.100.1"), 443);
    private static final SocketAddress CLIENT6 =
            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::5"), 4711);
    private static final SocketAddress SERVICE6 =
            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 443);

    @RegisterExtension final Children children = new Children();

    @TempDir Path directory;

    private final Runtime runtime = Runtime.open();

    /** The headers of the connections that were served. */
    private final BlockingQueue<ProxyHeader> headers = new LinkedBlockingQueue<>();

    private Server server;

    @BeforeEach
    void listen() throws IOException {
        var options = ServerOptions.DEFAULT.withProxyProtocol(ProxyProtocol.from("127.0.0.0/8"));
        server = runtime.listen(LoopbackAddress.of(0), options, this::serve);
    }

    private void serve(Connection connection) throws Exception {
        headers.add(connection.proxyHeader().orElseThrow());
        connection.writeLine("hello " + connection.remoteAddress());
        LineEcho.serve(connection);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private ReverseProxy proxy() {
        return new ReverseProxy(children, directory);
    }

    /** Runs HAProxy in front of the server; returns the port of its clients. */
    private int startInFront(String serverOptions, String more) throws Exception {
        int port = LoopbackAddress.freePort();
        int readiness = LoopbackAddress.freePort();
        proxy().haproxy(
                        readiness,
                        """
                        listen readiness
                            mode http
                            bind 127.0.0.1:%d
                        listen front
                            mode tcp
                            bind 127.0.0.1:%d
                            %s
                            server s 127.0.0.1:%d %s
                        """
                                .formatted(readiness, port, more, server.port(), serverOptions));
        return port;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "send-proxy",
                "send-proxy-v2",
                "send-proxy-v2 proxy-v2-options crc32c",
                "send-proxy-v2-ssl-cn",
            })
    void haproxyAnnouncesItsClient(String serverOptions) throws Exception {
        int port = startInFront(serverOptions, "");
        try (Connection client = runtime.connect("127.0.0.1", port)) {
            assertEquals("hello " + client.localAddress(), client.readLine());
            LineEcho.exchangeLines(client);
            ProxyHeader header = headers.take();
            assertEquals(serverOptions.equals("send-proxy") ? 1 : 2, header.version());
            assertEquals(client.localAddress(), header.source().orElseThrow());
            assertEquals(client.remoteAddress(), header.destination().orElseThrow());
            LineEcho.sayGoodbye(client);
        }
        assertEquals(0, server.refusedCount());
    }

    /** Each check waits for the server's first line. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2"})
    void healthChecksOfHaproxyAreServed(String serverOptions) throws Exception {
        startInFront(
                serverOptions + " check inter 20ms",
                "option tcp-check\n    tcp-check expect string hello");
        for (int i = 0; i < 3; i++) {
            ProxyHeader header = headers.take();
            assertEquals(serverOptions.equals("send-proxy-v2"), header.isLocal());
            // version 1 has no command for it
            if (!header.isLocal()) assertEquals(header.proxyAddress(), header.source());
        }
        assertEquals(0, server.refusedCount());
    }

    private static String answer(Connection connection) throws Exception {
        connection.write("GET / HTTP/1.0\r\n\r\n");
        String text = new String(connection.readAll(10_000), StandardCharsets.UTF_8);
        assertTrue(text.startsWith("HTTP/1.1 200"), text);
        return text.substring(text.indexOf("\r\n\r\n") + 4);
    }

    private static List<ProxyHeader> announcements() {
        return List.of(
                ProxyHeader.v1(CLIENT4, SERVICE4),
                ProxyHeader.v1(CLIENT6, SERVICE6),
                ProxyHeader.v2(CLIENT4, SERVICE4),
                ProxyHeader.v2(CLIENT6, SERVICE6),
                ProxyHeader.v2(CLIENT4, SERVICE4).withTlv(0xE0, new byte[300]).withChecksum());
    }

    private void assertUnderstood(int port) throws Exception {
        for (ProxyHeader header : announcements()) {
            var options = ConnectOptions.DEFAULT.withLimits(Limits.NONE).withProxyHeader(header);
            try (var connection = runtime.connect("127.0.0.1", port, options)) {
                boolean isIpv4 = header.source().orElseThrow().equals(CLIENT4);
                String addresses =
                        isIpv4
                                ? "203.0.113.5 4711 198.51.100.1 443"
                                : "2001:db8::5 4711 2001:db8::1 443";
                assertEquals(addresses + "\n", answer(connection));
            }
        }
    }

    @Test
    void haproxyUnderstandsOurHeaders() throws Exception {
        int port = LoopbackAddress.freePort();
        proxy().haproxy(
                        port,
                        """
                        frontend back
                            mode http
                            bind 127.0.0.1:%d accept-proxy
                            http-request return status 200 content-type text/plain lf-string "%%[src] %%[src_port] %%[dst] %%[dst_port]\\n"
                        """
                                .formatted(port));
        assertUnderstood(port);
        var local = ConnectOptions.DEFAULT.withProxyHeader(ProxyHeader.local());
        try (var connection = runtime.connect("127.0.0.1", port, local)) {
            var own = (InetSocketAddress) connection.localAddress();
            String expected = "127.0.0.1 %d 127.0.0.1 %d\n".formatted(own.getPort(), port);
            assertEquals(expected, answer(connection));
        }
    }

    @Test
    void nginxUnderstandsOurHeaders() throws Exception {
        int port = LoopbackAddress.freePort();
        proxy().nginx(
                        port,
                        """
                        http {
                          access_log off;
                          server {
                            listen 127.0.0.1:%d proxy_protocol;
                            return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port\\n";
                          }
                        }
                        """
                                .formatted(port));
        assertUnderstood(port);
    }

    /** Where its module for streams is installed. */
    @Test
    void nginxStreamAnnouncesItsClient() throws Exception {
        Path module = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
        assumeTrue(Files.exists(module), "no module of nginx for streams: libnginx-mod-stream");
        int port = LoopbackAddress.freePort();
        int readiness = LoopbackAddress.freePort();
        proxy().nginx(
                        readiness,
                        """
                        load_module %s;
                        stream {
                          server { listen 127.0.0.1:%d; return ""; }
                          server { listen 127.0.0.1:%d; proxy_pass 127.0.0.1:%d; proxy_protocol on; }
                        }
                        """
                                .formatted(module, readiness, port, server.port()));
        try (Connection client = runtime.connect("127.0.0.1", port)) {
            assertEquals("hello " + client.localAddress(), client.readLine());
            LineEcho.exchangeLines(client);
        }
    }
}
