package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.SocketOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One server listens at several addresses, or at none. */
@ParameterizedClass
@EnumSource(Kernel.class)
class SeveralAddressesTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir Path directory;
    @Parameter Kernel kernel;

    private Runtime runtime;

    @BeforeEach
    void open() {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
    }

    @AfterEach
    void close() {
        if (runtime != null) runtime.close();
    }

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private UnixDomainSocketAddress path() {
        return UnixDomainSocketAddress.of(directory.resolve("socket"));
    }

    private Server listen(SocketAddress... addresses) throws IOException, InterruptedException {
        return listen(ServerOptions.DEFAULT, addresses);
    }

    private Server listen(ServerOptions options, SocketAddress... addresses)
            throws IOException, InterruptedException {
        return runtime.listen(Listeners.at(addresses), options, SeveralAddressesTest::greet);
    }

    private static void greet(Connection connection) throws Exception {
        connection.writeLine("served");
        connection.readLine();
    }

    private static void assumeIpv6() throws IOException {
        assumeTrue(
                NetworkInterface.getByInetAddress(InetAddress.ofLiteral("::1")) != null,
                "no IPv6 here");
    }

    @Test
    void clientsReachTheServerAtEveryAddress() throws Exception {
        assumeIpv6();
        Server server = listen(path(), at("127.0.0.1", 0), at("::1", 0), at("127.0.0.2", 0));
        int port = server.port();
        var expected =
                List.of(path(), at("127.0.0.1", port), at("::1", port), at("127.0.0.2", port));
        assertEquals(expected, server.localAddresses());
        assertEquals(path(), server.localAddress());
        List<Connection> clients = new ArrayList<>();
        for (SocketAddress each : server.localAddresses()) {
            clients.add(runtime.connect(each));
            assertEquals("served", clients.getLast().readLine());
        }
        assertEquals(4, server.connectionCount());
        clients.forEach(Connection::close);
        server.shutdown(Duration.ofSeconds(5));
        assertEquals(expected, server.localAddresses());
        assertFalse(Files.exists(path().getPath()));
        listen(path(), at("127.0.0.1", port)).close();
    }

    @Test
    void addressesShareTheConnectionLimit() throws Exception {
        Server server =
                listen(ServerOptions.DEFAULT.withMaxConnections(1), path(), at("127.0.0.1", 0));
        Connection first = runtime.connect(path());
        assertEquals("served", first.readLine());
        Connection second = runtime.connect("127.0.0.1", server.port());
        assertEquals(1, server.connectionCount());
        first.close();
        assertEquals("served", second.readLine());
        second.close();
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Test
    void addressInUseIsNamedAndTheOthersAreReleased() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.2"))) {
            int port = taken.getLocalPort();
            var e =
                    assertThrows(
                            BindException.class,
                            () -> listen(path(), at("127.0.0.1", port), at("127.0.0.2", port)));
            assertTrue(e.getMessage().contains("127.0.0.2:" + port), e::toString);
            assertTrue(e.getMessage().contains("in use"), e::toString);
            assertFalse(e.getMessage().contains("127.0.0.1"), e::toString);
            assertFalse(Files.exists(path().getPath()));
            listen(path(), at("127.0.0.1", port)).close();
        }
    }

    @Test
    void everyAddressThatFailsIsNamedWithItsCause() throws Exception {
        Files.createFile(path().getPath());
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            int port = taken.getLocalPort();
            var elsewhere = at("192.0.2.1", port); // reserved for documentation: RFC 5737
            var e =
                    assertThrows(
                            BindException.class,
                            () -> listen(at("127.0.0.1", port), path(), elsewhere));
            assertTrue(e.getMessage().contains("127.0.0.1:" + port + ": "), e::toString);
            assertTrue(e.getMessage().contains("in use"), e::toString);
            assertTrue(e.getMessage().contains(path() + ": "), e::toString);
            assertTrue(e.getMessage().contains("no socket"), e::toString);
            assertTrue(e.getMessage().contains("192.0.2.1:" + port + ": "), e::toString);
            assertEquals(3, e.getSuppressed().length);
        }
    }

    /** An address of this family exists here, so it is an error that this one does not. */
    @Test
    void addressOfAnotherMachineIsNotSkipped() {
        assertThrows(BindException.class, () -> listen(at("127.0.0.1", 0), at("192.0.2.1", 0)));
    }

    /** On a machine with IPv6 they are the same socket. */
    @Test
    void bothWildcardAddressesAreOneListener() throws Exception {
        for (var addresses :
                List.of(
                        List.of(at("0.0.0.0", 0), at("::", 0)),
                        List.of(at("::", 0), at("0.0.0.0", 0)))) {
            Server server = listen(addresses.toArray(SocketAddress[]::new));
            try (server;
                    var client = runtime.connect("127.0.0.1", server.port())) {
                assertEquals("served", client.readLine());
                assertEquals(1, server.localAddresses().size());
            }
        }
    }

    @Test
    void missingOptionLeavesNothingBound() throws Exception {
        assumeTrue(kernel == Kernel.NIO, "the epoll driver has all options");
        var options =
                ServerOptions.DEFAULT.withSocket(
                        SocketOptions.DEFAULT.withUserTimeout(Duration.ofSeconds(1)));
        assertThrows(
                UnsupportedOperationException.class,
                () -> listen(options, path(), at("127.0.0.1", 0)));
        assertFalse(Files.exists(path().getPath()));
    }

    @Test
    void noAddressIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> listen());
        assertThrows(
                IllegalArgumentException.class,
                () -> listen(InetSocketAddress.createUnresolved("localhost", 0)));
    }

    @Test
    void driverWithoutHostAddressesListensOncePerPort() throws Exception {
        try (var memory =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withDriver(
                                io.loomline.probe.Medium.MEMORY.newDriver()))) {
            Server server =
                    memory.listen(
                            Listeners.at(at("127.0.0.1", 0), at("::1", 0), path()),
                            ServerOptions.DEFAULT,
                            SeveralAddressesTest::greet);
            assertEquals(2, server.localAddresses().size());
        }
    }

    /** The JVM's option has the same effect as a machine without IPv6. */
    @Test
    @Tag("slow")
    void missingFamilyIsSkippedWithOneLine() throws Exception {
        List<String> options = new ArrayList<>(kernel.jvmOptions());
        options.add("-Djava.net.preferIPv4Stack=true");
        try (Child child = Child.start(SeveralAddressesProgram.class, options)) {
            List<String> lines = child.rest();
            assertEquals(3, lines.stream().filter("1 served"::equals).count(), lines::toString);
            var warnings = lines.stream().filter(each -> each.contains(" WARN ")).toList();
            assertEquals(3, warnings.size(), lines::toString);
            assertTrue(warnings.getLast().contains("2001:db8"), lines::toString);
            String last = lines.getLast();
            assertEquals(3, last.split("cannot listen at ", -1).length, lines::toString);
            assertTrue(last.endsWith(" 2"), lines::toString);
        }
    }
}
