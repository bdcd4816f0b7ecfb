package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.connect.ConnectOptions;
import io.loomline.connect.Proxy;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;
import io.loomline.server.Server;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Connections through SOCKS and HTTP proxies written with Python's asyncio. */
class ProxyPeerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Path SCRIPT =
            Path.of("src", "test", "resources", "peers", "proxy_peer.py");

    @RegisterExtension final Children children = new Children();

    private final Runtime runtime = Runtime.open();
    private Server server;

    @BeforeEach
    void listen() throws IOException {
        server = runtime.listen(0, LineEcho::serve);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private Proxy start(String kind, String... credentials) throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of(Programs.require("python3", "python3"), "-I", SCRIPT.toString(), kind));
        command.addAll(List.of(credentials));
        Process process = children.start(command);
        String line = process.inputReader(StandardCharsets.UTF_8).readLine();
        int port = Integer.parseInt(line);
        return kind.equals("http")
                ? Proxy.http("127.0.0.1", port)
                : Proxy.socks5("127.0.0.1", port);
    }

    private Connection through(Proxy proxy, String host, int port) throws Exception {
        return runtime.connect(host, port, ConnectOptions.DEFAULT.withProxy(proxy));
    }

    private void requireEcho(Proxy proxy, String host) throws Exception {
        try (var connection = through(proxy, host, server.port())) {
            LineEcho.exchangeLines(connection);
            LineEcho.sayGoodbye(connection);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks", "http"})
    void namesAndAddressesAreReached(String kind) throws Exception {
        Proxy proxy = start(kind);
        requireEcho(proxy, "localhost");
        requireEcho(proxy, "127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks", "http"})
    void credentialsAreAccepted(String kind) throws Exception {
        requireEcho(start(kind, "me", "se cret").withCredentials("me", "se cret"), "localhost");
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks", "http"})
    void wrongOrMissingCredentialsAreRefused(String kind) throws Exception {
        Proxy proxy = start(kind, "me", "secret");
        for (Proxy wrong : List.of(proxy, proxy.withCredentials("me", "wrong"))) {
            var e =
                    assertThrows(
                            ConnectFailedException.class,
                            () -> through(wrong, "localhost", server.port()));
            assertTrue(e.getMessage().contains("" + wrong), e::toString);
        }
        requireEcho(proxy.withCredentials("me", "secret"), "localhost");
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks", "http"})
    void unreachableTargetIsReported(String kind) throws Exception {
        Proxy proxy = start(kind);
        int port = server.port();
        server.close();
        var e = assertThrows(ConnectFailedException.class, () -> through(proxy, "127.0.0.1", port));
        assertTrue(e.getMessage().matches(".*(connection refused|Bad Gateway).*"), e::toString);
    }
}
