package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.server.Server;

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
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnknownHostException;

/** Connects, and failures at once: each names the requested address. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ConnectTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private RuntimeOptions sharing;
    private Runtime runtime;

    @BeforeEach
    void open() {
        sharing = RuntimeOptions.DEFAULT.withDriver(medium.newDriver());
        runtime = Runtime.open(sharing);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static int unusedPort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void everyFormOfAddressReachesTheServer() throws Exception {
        Server server = runtime.listen(0, connection -> connection.writeLine("reached"));
        assertReads("reached", runtime.connect("localhost", server.port()));
        assertReads("reached", runtime.connect("127.0.0.1", server.port()));
        assertReads("reached", runtime.connect(server.localAddress()));
        assertReads(
                "reached",
                runtime.connect(InetSocketAddress.createUnresolved("localhost", server.port())));
    }

    private static void assertReads(String expected, Connection connection) throws Exception {
        try (connection) {
            assertEquals(expected, connection.readLine());
        }
    }

    @Test
    void refusalNamesTheAddressAndHasItsCause() throws Exception {
        int port = unusedPort();
        var e =
                assertThrows(
                        ConnectFailedException.class, () -> runtime.connect("localhost", port));
        assertTrue(e.getMessage().contains("localhost:" + port), e::toString);
        assertTrue(e.getMessage().contains("127.0.0.1:" + port), e::toString);
        assertTrue(e.getMessage().contains("refused"), e::toString);
        assertTrue(e.getSuppressed().length >= 1, e::toString);
        assertInstanceOf(IOException.class, e.getSuppressed()[0]);
    }

    @Test
    void refusalOfAnAddressNamesIt() throws Exception {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), unusedPort());
        var e = assertThrows(ConnectFailedException.class, () -> runtime.connect(address));
        assertTrue(e.getMessage().contains("127.0.0.1:" + address.getPort()), e::toString);
        assertEquals(1, e.getSuppressed().length);
    }

    @Test
    void refusedConnectsLeaveNothingBehind() throws Exception {
        int port = unusedPort();
        for (int i = 0; i < 100; i++) {
            assertThrows(ConnectFailedException.class, () -> runtime.connect("127.0.0.1", port));
        }
    }

    @Test
    void unknownHostIsNamed() {
        var e =
                assertThrows(
                        UnknownHostException.class,
                        () -> runtime.connect("no-such-host.invalid", 80));
        assertTrue(e.getMessage().contains("no-such-host.invalid"), e::toString);
        var unresolved = InetSocketAddress.createUnresolved("no-such-host.invalid", 80);
        assertThrows(UnknownHostException.class, () -> runtime.connect(unresolved));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n"})
    void hostMustNotBeBlank(String host) {
        var e = assertThrows(IllegalArgumentException.class, () -> runtime.connect(host, 80));
        assertTrue(e.getMessage().contains("host"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65_536, Integer.MAX_VALUE})
    void portOutOfRangeIsRejected(int port) {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> runtime.connect("localhost", port));
        assertTrue(e.getMessage().contains("port " + port), e::toString);
        assertTrue(e.getMessage().contains("1 to 65535"), e::toString);
    }

    @Test
    void nullArgumentsAreRejected() {
        assertThrows(NullPointerException.class, () -> runtime.connect(null, 80));
        assertThrows(NullPointerException.class, () -> runtime.connect((SocketAddress) null));
        assertThrows(NullPointerException.class, () -> runtime.connect("localhost", 80, null));
    }

    /** A closed runtime connects not even through a driver that another runtime keeps open. */
    @Test
    void closedRuntimeDoesNotConnect() throws Exception {
        Server server = runtime.listen(0, connection -> connection.writeLine("reached"));
        var options = medium == Medium.MEMORY ? sharing : RuntimeOptions.DEFAULT;
        Runtime closed = Runtime.open(options);
        closed.close();
        assertThrows(IOException.class, () -> closed.connect(server.localAddress()).close());
        assertReads("reached", runtime.connect(server.localAddress()));
    }
}
