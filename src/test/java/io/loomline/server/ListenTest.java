package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.probe.Medium;
import io.loomline.task.GroupOptions;
import io.loomline.task.SystemClock;
import io.loomline.task.TaskGroup;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The addresses that a server listens at, and failures to listen. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ListenTest extends ServerFixture {
    @TempDir Path directory;

    private static void nothing(Connection connection) {}

    private Server listen(SocketAddress address) throws IOException {
        return runtime.listen(address, ListenTest::nothing);
    }

    @Test
    void portZeroTakesAFreePortOfTheLoopbackAddress() throws Exception {
        Server one = runtime.listen(0, ListenTest::nothing);
        Server other = runtime.listen(0, ListenTest::nothing);
        assertTrue(one.port() > 0 && other.port() > 0 && one.port() != other.port());
        var address = (InetSocketAddress) one.localAddress();
        assertTrue(address.getAddress().isLoopbackAddress(), address::toString);
    }

    @Test
    void listenerKnowsItsServersUntilTheyAreClosed() throws Exception {
        try (var driver = Drivers.memory();
                var group = TaskGroup.root(GroupOptions.DEFAULT, SystemClock.INSTANCE)) {
            var connections = new Connections(SystemClock.INSTANCE);
            var listener = new Listener(driver, group, connections);
            Server one = listener.listenAtLoopback(0, ServerOptions.DEFAULT, ListenTest::nothing);
            Server other = listener.listenAtLoopback(0, ServerOptions.DEFAULT, ListenTest::nothing);
            assertEquals(Set.of(one, other), Set.copyOf(listener.servers()));
            one.close();
            assertEquals(List.of(other), listener.servers());
            other.shutdown(Duration.ZERO);
            assertEquals(List.of(), listener.servers());
        }
    }

    @Test
    void addressStaysValidAfterTheClose() throws Exception {
        Server server = runtime.listen(0, ListenTest::nothing);
        int port = server.port();
        server.close();
        assertEquals(port, server.port());
    }

    @Test
    void portInUseIsNamed() throws Exception {
        Server server = runtime.listen(0, ListenTest::nothing);
        var e =
                assertThrows(
                        IOException.class,
                        () -> runtime.listen(server.port(), ListenTest::nothing));
        assertTrue(e.getMessage().contains("127.0.0.1:" + server.port()), e::toString);
        assertTrue(e.getMessage().contains("in use"), e::toString);
        server.close();
    }

    /** Connections in the state TIME-WAIT do not occupy the port. */
    @Test
    void portIsFreeAgainAtOnceAfterTheServer() throws Exception {
        int port;
        try (Server server = runtime.listen(0, connection -> connection.writeLine("bye"));
                var connection = runtime.connect(server.localAddress())) {
            port = server.port();
            assertEquals("bye", connection.readLine());
            assertEquals(null, connection.readLine());
        }
        for (int i = 0; i < 10; i++) {
            try (Server again = runtime.listen(port, connection -> connection.writeLine("again"));
                    var connection = runtime.connect(again.localAddress())) {
                assertEquals("again", connection.readLine());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536, Integer.MIN_VALUE})
    void portOutOfRangeIsRejected(int port) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> runtime.listen(port, ListenTest::nothing));
        assertTrue(e.getMessage().contains("port " + port), e::toString);
        assertTrue(e.getMessage().contains("0 to 65535"), e::toString);
    }

    @Test
    void missingArgumentsAreNamed() {
        var any = anyPort();
        var options = ServerOptions.DEFAULT;
        assertEquals("local", nameOfMissing(null, options, ListenTest::nothing));
        assertEquals("options", nameOfMissing(any, null, ListenTest::nothing));
        assertEquals("handler", nameOfMissing(any, options, null));
    }

    private String nameOfMissing(
            SocketAddress address, ServerOptions options, ConnectionHandler handler) {
        return assertThrows(
                        NullPointerException.class, () -> runtime.listen(address, options, handler))
                .getMessage();
    }

    @Test
    void addressWithoutAPortHasNoPort() throws Exception {
        var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        Server server = listen(address);
        assertEquals(address, server.localAddress());
        var e = assertThrows(IllegalStateException.class, server::port);
        assertTrue(e.getMessage().contains("socket"), e::toString);
    }

    @Test
    void unixPathIsRemovedWithTheServer() throws Exception {
        Path path = directory.resolve("socket");
        listen(UnixDomainSocketAddress.of(path)).close();
        assertFalse(Files.exists(path));
    }

    @Test
    void unixPathInUseIsNamed() throws Exception {
        var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        listen(address);
        var e = assertThrows(IOException.class, () -> listen(address));
        assertTrue(e.getMessage().contains("" + address), e::toString);
    }

    @Test
    void unresolvedAddressIsRejectedAndNamed() throws Exception {
        var name = InetSocketAddress.createUnresolved("localhost", 7000);
        var e = assertThrows(IllegalArgumentException.class, () -> listen(name));
        assertTrue(e.getMessage().contains("localhost"), e::toString);
        if (medium == Medium.MEMORY) runtime.listen(7000, ListenTest::nothing); // still free
    }

    /** The kernel would choose a name for the socket: no client knows it. */
    @Test
    void emptyPathIsRejected() {
        var empty = UnixDomainSocketAddress.of("");
        assertThrows(IllegalArgumentException.class, () -> listen(empty));
        assertThrows(IllegalArgumentException.class, () -> Listeners.at(empty));
    }

    @Test
    void closedRuntimeDoesNotListen() {
        runtime.close();
        assertThrows(IllegalStateException.class, () -> runtime.listen(0, ListenTest::nothing));
    }
}
