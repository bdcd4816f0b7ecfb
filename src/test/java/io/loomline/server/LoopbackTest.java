package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.time.Duration;

/** A server with a port and no address listens at both loopback addresses. */
@ParameterizedClass
@EnumSource(Kernel.class)
class LoopbackTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Kernel kernel;

    private Runtime runtime;

    @BeforeEach
    void open() throws IOException {
        assumeTrue(NetworkInterface.getByInetAddress(six()) != null, "no IPv6 here");
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
    }

    @AfterEach
    void close() {
        if (runtime != null) runtime.close();
    }

    private static InetAddress six() {
        return InetAddress.ofLiteral("::1");
    }

    private static void greet(Connection connection) throws Exception {
        connection.writeLine("served at " + connection.localAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "localhost"})
    void clientReachesTheServerAtEitherAddress(String host) throws Exception {
        Server server = runtime.listen(0, LoopbackTest::greet);
        for (int i = 0; i < 3; i++) {
            try (Connection client = runtime.connect(host, server.port())) {
                String there = "" + client.remoteAddress();
                String said = client.readLine();
                assertTrue(said.endsWith(there.substring(there.indexOf('/'))), said);
            }
        }
        assertTrue(server.localAddress().toString().contains("127.0.0.1"));
    }

    @Test
    void bothAddressesRefuseAfterTheClose() throws Exception {
        Server server = runtime.listen(0, LoopbackTest::greet);
        int port = server.port();
        assertTrue(server.isAccepting());
        server.shutdown(Duration.ofSeconds(5));
        for (String host : new String[] {"127.0.0.1", "::1"}) {
            assertThrows(ConnectFailedException.class, () -> runtime.connect(host, port).close());
        }
        runtime.listen(port, LoopbackTest::greet).close();
    }

    @Test
    void bothAddressesShareTheConnectionLimit() throws Exception {
        Server server = runtime.listen(0, connection -> connection.readLine());
        server.maxConnections(1);
        Connection first = runtime.connect("127.0.0.1", server.port());
        Connection second = runtime.connect("::1", server.port());
        Eventually.holds(() -> server.connectionCount() == 1);
        first.close();
        second.close();
        Eventually.holds(() -> server.acceptedCount() == 2);
    }

    @Test
    void portInUseAtOneAddressIsNamedAndReleasedAtTheOther() throws Exception {
        try (var taken = new ServerSocket(0, 1, six())) {
            int port = taken.getLocalPort();
            var e =
                    assertThrows(
                            IOException.class, () -> runtime.listen(port, LoopbackTest::greet));
            assertTrue(e.getMessage().contains("1]:" + port), e::toString);
            assertTrue(e.getMessage().contains("in use"), e::toString);
            try (var free = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
                assertEquals(port, free.getLocalPort());
            }
        }
    }

    @Test
    void driverWithoutHostAddressesListensOnce() throws Exception {
        var driver = new FakeDriver();
        try (var other = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver))) {
            other.listen(0, LoopbackTest::greet);
            assertEquals(1, driver.acceptors().size());
        }
    }

    @Test
    void explicitAddressIsTheOnlyOne() throws Exception {
        var four = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        Server server = runtime.listen(four, ServerOptions.DEFAULT, LoopbackTest::greet);
        assertThrows(
                ConnectFailedException.class, () -> runtime.connect("::1", server.port()).close());
    }
}
