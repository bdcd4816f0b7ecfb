package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.connect.ConnectOptions;
import io.loomline.driver.PeerCredentials;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Connections over Unix-domain sockets, and the credentials of their peers. */
class UnixSocketTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir Path directory;

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    private UnixDomainSocketAddress address(String name) {
        return UnixDomainSocketAddress.of(directory.resolve(name));
    }

    private Server listen(UnixDomainSocketAddress address, ConnectionHandler handler)
            throws IOException {
        return runtime.listen(address, ServerOptions.DEFAULT, handler);
    }

    private static void echo(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    @Test
    void linesGoBothWays() throws Exception {
        var address = address("echo");
        listen(address, UnixSocketTest::echo);
        try (var connection = runtime.connect(address)) {
            assertEquals(address, connection.remoteAddress());
            for (int i = 0; i < 1_000; i++) {
                connection.writeLine("line " + i);
                assertEquals("line " + i, connection.readLine());
            }
            connection.shutdownOutput();
            assertEquals(null, connection.readLine());
        }
    }

    @Test
    void bothSidesHavePeerCredentials() throws Exception {
        var address = address("who");
        listen(address, c -> c.writeLine("" + c.peerCredentials().orElseThrow().user()));
        String me = Files.getOwner(directory).getName();
        try (var connection = runtime.connect(address)) {
            assertEquals(me, connection.readLine());
            PeerCredentials peer = connection.peerCredentials().orElseThrow();
            assertEquals(me, peer.user().getName());
            assertFalse(peer.group().getName().isEmpty());
        }
    }

    @Test
    void otherConnectionsHaveNoCredentials() throws Exception {
        Server server = runtime.listen(0, UnixSocketTest::echo);
        try (var connection = runtime.connect(server.localAddress())) {
            assertEquals(Optional.empty(), connection.peerCredentials());
        }
    }

    @Test
    void closedConnectionHasNoCredentials() throws Exception {
        var address = address("closed");
        listen(address, UnixSocketTest::echo);
        var connection = runtime.connect(address);
        connection.close();
        assertThrows(ConnectionClosedException.class, connection::peerCredentials);
    }

    @Test
    void refusalNamesThePath() {
        var e =
                assertThrows(
                        ConnectFailedException.class, () -> runtime.connect(address("nobody")));
        assertTrue(e.getMessage().contains(address("nobody").toString()), e::toString);
        assertTrue(e.getMessage().contains("No such file"), e::toString);
    }

    @Test
    void pathThatIsTooLongIsRejectedAsSuch() {
        var address = address("x".repeat(200));
        for (IOException e :
                new IOException[] {
                    assertThrows(IOException.class, () -> runtime.connect(address)),
                    assertThrows(IOException.class, () -> listen(address, c -> {}))
                }) {
            assertTrue(e.getMessage().contains(address.toString()), e::toString);
            assertTrue(e.getMessage().contains("too long"), e::toString);
        }
    }

    @Test
    void localAddressOfAnotherKindIsRejected() {
        var options = ConnectOptions.DEFAULT.withLocalAddress(address("from"));
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> runtime.connect("127.0.0.1", 1, options));
        assertTrue(e.getMessage().contains("from"), e::toString);
    }

    @Test
    void clientMayBindAPath() throws Exception {
        listen(address("to"), c -> c.writeLine("" + c.remoteAddress()));
        var options = ConnectOptions.DEFAULT.withLocalAddress(address("from"));
        try (var connection = runtime.connect(address("to"), options)) {
            assertEquals(address("from").toString(), connection.readLine());
        }
    }

    @Test
    void clientWithoutPathIsNamedByItsServer() throws Exception {
        var address = address("server");
        listen(address, c -> c.writeLine("" + c.remoteAddress()));
        try (var connection = runtime.connect(address)) {
            assertEquals("a client of " + address, connection.readLine());
            assertEquals("a client of " + address, "" + connection.localAddress());
        }
    }

    /** The kernel refuses a connect while the queue is full, without a later notification. */
    @Test
    void clientWaitsForAFullQueue() throws Exception {
        var address = address("busy");
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address, 1);
            try (var one = SocketChannel.open(address);
                    var two = SocketChannel.open(address)) {
                var call = Call.of(() -> runtime.connect(address)).awaitIn("parkNanos");
                assertFalse(call.isDone());
                assertTrue(one.isConnected() && two.isConnected());
                listener.accept().close();
                call.result().close();
            }
        }
    }

    @Test
    void cancelEndsTheWaitForAFullQueue() throws Exception {
        var address = address("busy");
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address, 1);
            try (var one = SocketChannel.open(address);
                    var two = SocketChannel.open(address)) {
                for (int i = 0; i < 100; i++) {
                    assertTrue(Call.of(() -> runtime.connect(address)).cutIn("parkNanos"));
                }
                assertTrue(one.isConnected() && two.isConnected());
            }
        }
    }

    @Test
    void cancelledReadLosesNothing() throws Exception {
        var address = address("echo");
        listen(address, UnixSocketTest::echo);
        try (var connection = runtime.connect(address)) {
            for (int i = 0; i < 200; i++) {
                assertTrue(Call.of(connection::readLine).cutIn("awaitReadable"));
                connection.writeLine("line " + i);
                assertEquals("line " + i, connection.readLine());
            }
        }
    }
}
