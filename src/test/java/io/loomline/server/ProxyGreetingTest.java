package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.Medium;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A server whose connections begin with a PROXY header. */
@ParameterizedClass
@EnumSource(names = {"TCP", "UNIX", "MEMORY"})
class ProxyGreetingTest extends ServerFixture {
    private static final SocketAddress CLIENT = inet("203.0.113.5", 4711);
    private static final SocketAddress SERVICE = inet("198.51.100.1", 443);
    private static final ProxyProtocol RULES = ProxyProtocol.from("127.0.0.0/8", "::1", "unix");
    private static final byte[] HELLO = "hello\n".getBytes(StandardCharsets.US_ASCII);

    @TempDir Path directory;

    private final ManualClock clock = new ManualClock();

    /** How many connections were passed to the handler. */
    private final AtomicInteger handled = new AtomicInteger();

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    private static InetSocketAddress inet(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private Server listen(ServerOptions options, ConnectionHandler handler) throws IOException {
        SocketAddress address =
                medium == Medium.UNIX
                        ? UnixDomainSocketAddress.of(directory.resolve("socket"))
                        : anyPort();
        return runtime.listen(
                address,
                options,
                connection -> {
                    handled.incrementAndGet();
                    handler.handle(connection);
                });
    }

    private Server listen(ConnectionHandler handler) throws IOException {
        return listen(ServerOptions.DEFAULT.withProxyProtocol(RULES), handler);
    }

    private static void echo(Connection connection) throws Exception {
        for (String line : connection.lines()) connection.writeLine(line);
    }

    private Connection client(Server server) throws Exception {
        return runtime.connect(
                server.localAddress(), ConnectOptions.DEFAULT.withLimits(Limits.NONE));
    }

    private Connection client(Server server, ProxyHeader header) throws Exception {
        return runtime.connect(
                server.localAddress(), ConnectOptions.DEFAULT.withProxyHeader(header));
    }

    private void assertServes(Server server) throws Exception {
        try (Connection client = client(server, ProxyHeader.v2(CLIENT, SERVICE))) {
            client.writeLine("hello");
            assertEquals("hello", client.readLine());
        }
    }

    /** The peer sees the end or a reset. */
    private static void assertRefused(Connection client) throws Exception {
        try {
            assertEquals(0, client.read(1).length);
        } catch (IOException e) {
            assertFalse(e instanceof java.net.SocketTimeoutException, e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void connectionHasTheAddressesOfTheHeader(int version) throws Exception {
        var seen = new CompletableFuture<List<SocketAddress>>();
        var header = new CompletableFuture<Optional<ProxyHeader>>();
        Server server =
                listen(connection -> {
                    header.complete(connection.proxyHeader());
                    seen.complete(List.of(connection.remoteAddress(), connection.localAddress()));
                    echo(connection);
                });
        ProxyHeader sent =
                version == 1
                        ? ProxyHeader.v1(CLIENT, SERVICE)
                        : ProxyHeader.v2(CLIENT, SERVICE).withTlv(0xE0, HELLO).withChecksum();
        try (Connection client = client(server, sent)) {
            client.write(HELLO);
            assertEquals("hello", client.readLine());
            assertEquals(List.of(CLIENT, SERVICE), seen.get());
            ProxyHeader received = header.get().orElseThrow();
            assertArrayEquals(sent.encode(), received.encode());
            if (medium != Medium.UNIX) { // whose clients have no address of their own
                assertEquals(client.localAddress(), received.proxyAddress().orElseThrow());
            }
            ServedConnection served = server.connections().getFirst();
            assertEquals(CLIENT, served.remoteAddress());
            assertEquals(HELLO.length, served.bytesRead());
        }
        assertEquals(1, server.acceptedCount());
    }

    @Test
    void callbacksSeeTheAddressOfTheClient() throws Exception {
        var seen = new CompletableFuture<SocketAddress>();
        Server server =
                listen(
                        Protocols.handler(() ->
                                new Protocol() {
                                    private Transport transport;

                                    @Override
                                    public void connected(Transport transport) {
                                        this.transport = transport;
                                        seen.complete(transport.remoteAddress());
                                    }

                                    @Override
                                    public void received(ByteBuffer bytes) {
                                        transport.write(bytes);
                                    }
                                }));
        assertServes(server);
        assertEquals(CLIENT, seen.get());
    }

    /** As HAProxy's health checks do. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connectionWithoutOtherAddressesKeepsItsOwn(boolean isLocal) throws Exception {
        var seen = new CompletableFuture<SocketAddress>();
        Server server =
                listen(connection -> {
                    seen.complete(connection.remoteAddress());
                    echo(connection);
                });
        try (Connection client = client(server)) {
            client.write(
                    isLocal
                            ? ProxyHeader.local().encode()
                            : "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII));
            client.write(HELLO);
            assertEquals("hello", client.readLine());
            if (medium != Medium.UNIX) assertEquals(client.localAddress(), seen.get());
        }
    }

    @Test
    void bytesMayArriveOneByOne() throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        for (ProxyHeader header :
                List.of(ProxyHeader.v1(CLIENT, SERVICE), ProxyHeader.v2(CLIENT, SERVICE))) {
            try (Connection client = client(server)) {
                for (byte each : header.encode()) client.write(new byte[] {each});
                for (byte each : HELLO) client.write(new byte[] {each});
                assertEquals("hello", client.readLine());
            }
        }
    }

    @Test
    void serverThatSpeaksFirstWaitsForTheHeader() throws Exception {
        Server server = listen(connection -> connection.writeLine("220 ready"));
        byte[] header = ProxyHeader.v1(CLIENT, SERVICE).encode();
        try (Connection client = client(server)) {
            client.write(ByteBuffer.wrap(header, 0, header.length - 1));
            assertEquals(0, handled.get());
            client.write(new byte[] {header[header.length - 1]});
            assertEquals("220 ready", client.readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "PROXY TCP4 1.2.3.4\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n",
            })
    void malformedHeaderIsRefused(String bytes) throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        try (Connection client = client(server)) {
            client.write(bytes);
            assertRefused(client);
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(1, server.refusedCount());
        assertEquals(0, handled.get());
        assertServes(server);
    }

    @Test
    void endWithinTheHeaderIsRefused() throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        try (Connection client = client(server)) {
            client.write("PROXY TCP4");
            client.shutdownOutput();
            assertRefused(client);
        }
        Eventually.holds(() -> server.refusedCount() == 1);
        assertEquals(0, handled.get());
    }

    @Test
    void peerThatIsNotTrustedIsRefused() throws Exception {
        var rules = ProxyProtocol.from("192.0.2.0/24");
        Server server =
                listen(ServerOptions.DEFAULT.withProxyProtocol(rules), ProxyGreetingTest::echo);
        for (int i = 0; i < 20; i++) assertRefusedAtOnce(server);
        Eventually.holds(() -> server.refusedCount() == 20);
        assertEquals(0, server.connectionCount());
        assertEquals(0, handled.get());
    }

    /** The reset may arrive while the client connects. */
    private void assertRefusedAtOnce(Server server) throws Exception {
        try (Connection client = client(server)) {
            client.write(ProxyHeader.v2(CLIENT, SERVICE).encode());
            assertRefused(client);
        } catch (IOException e) {
            assertFalse(e instanceof java.net.SocketTimeoutException, e::toString);
        }
    }

    @Test
    void bytesDoNotExtendTheTimeOfTheHeader() throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        try (Connection client = client(server)) {
            client.write("P");
            Eventually.holds(() -> server.connectionCount() == 1 && clock.timers() > 1);
            for (String next : List.of("R", "O", "X", "Y")) {
                clock.advance(Duration.ofSeconds(1));
                client.write(next);
            }
            clock.advance(Duration.ofMillis(999));
            assertEquals(1, server.connectionCount());
            clock.advance(Duration.ofMillis(1));
            assertRefused(client);
            Eventually.holds(() -> server.refusedCount() == 1);
        }
        assertEquals(0, handled.get());
        assertServes(server);
    }

    @Test
    void timeOfTheHeaderDoesNotBoundTheHandler() throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        try (Connection client = client(server)) {
            client.write(ProxyHeader.v2(CLIENT, SERVICE).encode());
            Eventually.holds(() -> server.acceptedCount() == 1);
            clock.advance(Duration.ofSeconds(6));
            client.write(HELLO);
            assertEquals("hello", client.readLine());
        }
    }

    @Test
    void logNamesTheClientOfAFailedHandler() throws Exception {
        Server server =
                listen(_ -> {
                    throw new IllegalStateException("a bug");
                });
        try (var log = new CapturedLog();
                Connection client = client(server, ProxyHeader.v2(CLIENT, SERVICE))) {
            assertNull(client.readLine());
            Eventually.holds(() -> !log.lines("a bug").isEmpty());
            assertEquals(1, log.lines("connection from " + CLIENT + " failed").size(), log::text);
        }
    }

    @Test
    void closeOfTheServerEndsAWaitForAHeader() throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        try (Connection client = client(server)) {
            client.write("PROXY");
            Eventually.holds(() -> server.connectionCount() == 1);
            server.close();
            assertRefused(client);
        }
        assertEquals(0, server.connectionCount());
        assertEquals(0, handled.get());
    }

    @Test
    void servedConnectionCanBeAbortedBeforeItsHeader() throws Exception {
        Server server = listen(ProxyGreetingTest::echo);
        try (Connection client = client(server)) {
            client.write("PROXY");
            Eventually.holds(() -> !server.connections().isEmpty());
            server.connections().getFirst().abort();
            assertRefused(client);
            Eventually.holds(() -> server.refusedCount() == 1);
        }
        assertEquals(0, handled.get());
    }

    @Test
    void permitsAreReleased() throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withMaxConnections(1).withProxyProtocol(RULES),
                        ProxyGreetingTest::echo);
        for (int i = 0; i < 20; i++) {
            try (Connection client = client(server)) {
                client.write("x");
                assertRefused(client);
            }
            assertServes(server);
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(20, server.refusedCount());
    }
}
