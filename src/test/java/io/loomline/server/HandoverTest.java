package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.task.Task;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;

/** A server hands its listeners over to another one, here to one of another runtime. */
class HandoverTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration GRACE = Duration.ofSeconds(10);

    @TempDir Path directory;

    private Runtime older;
    private Runtime newer;

    @BeforeEach
    void open() {
        older = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Kernel.EPOLL.newDriver()));
        newer = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Kernel.EPOLL.newDriver()));
    }

    @AfterEach
    void close() {
        if (older != null) older.close();
        if (newer != null) newer.close();
    }

    private Path path() {
        return directory.resolve("handover");
    }

    private Server listen(Runtime runtime, String name, Listeners listeners) throws Exception {
        return runtime.listen(listeners, ServerOptions.DEFAULT, each -> serve(each, name));
    }

    private Server listenAtLoopback() throws Exception {
        return listen(older, "older", Listeners.at(LoopbackAddress.of(0)));
    }

    private Server takeOver() throws Exception {
        return listen(newer, "newer", Listeners.takenOverFrom(path()));
    }

    private static void serve(Connection connection, String name) throws Exception {
        connection.writeLine(name);
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private Connection connect(SocketAddress address) throws Exception {
        return newer.connect(address);
    }

    private void assertServedBy(String name, SocketAddress address) throws Exception {
        try (var connection = connect(address)) {
            assertEquals(name, connection.readLine());
        }
    }

    private Call<Boolean> offer(Server server) throws InterruptedException {
        return Call.of(() -> server.handOver(path())).awaitIn("awaitConnection");
    }

    @Test
    void successorServesWhenThePredecessorHasStopped() throws Exception {
        Server server = listenAtLoopback();
        var offer = offer(server);
        Connection present = connect(server.localAddress());
        assertEquals("older", present.readLine());
        Server successor = takeOver();
        offer.result();
        assertEquals(server.localAddress(), successor.localAddress());
        var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
        for (int i = 0; i < 20; i++) assertServedBy("newer", server.localAddress());
        present.writeLine("goes on");
        assertEquals("goes on", present.readLine());
        present.close();
        assertEquals(1, shutdown.result().finished());
        assertServedBy("newer", server.localAddress());
    }

    /** A predecessor and a successor without servers, whose tasks would accept. */
    private final class Transfer implements AutoCloseable {
        final Driver one = Kernel.EPOLL.newDriver();
        final Driver other = Kernel.EPOLL.newDriver();
        final Acceptor offer = one.listen(UnixDomainSocketAddress.of(path()), 1);
        final Acceptor listener = one.listen(LoopbackAddress.of(0), 10);
        final Channel toOther = other.connect(offer.localAddress());
        final Channel toOne = offer.accept();

        Transfer() throws Exception {}

        Acceptor pass() throws Exception {
            one.sendListeners(toOne, List.of(listener));
            return other.receiveListeners(toOther, SocketOptions.DEFAULT).getFirst();
        }

        void assertAccepts(Acceptor acceptor, Channel client) throws Exception {
            try (Channel accepted = acceptor.accept()) {
                assertEquals(client.localAddress(), accepted.remoteAddress());
            }
        }

        @Override
        public void close() {
            one.close();
            other.close();
        }
    }

    @Test
    void predecessorServesItsQueueAndLeavesLaterClientsToTheSuccessor() throws Exception {
        try (var transfer = new Transfer()) {
            Acceptor listener = transfer.listener;
            Channel early = transfer.other.connect(listener.localAddress());
            Acceptor received = transfer.pass();
            listener.stop();
            transfer.assertAccepts(listener, early);
            assertThrows(ClosedChannelException.class, listener::accept);
            Channel late = transfer.other.connect(listener.localAddress());
            assertThrows(ClosedChannelException.class, listener::accept);
            transfer.one.close();
            assertEquals(listener.localAddress(), received.localAddress());
            transfer.assertAccepts(received, late);
        }
    }

    /** Otherwise the kernel would refuse the handshakes of the predecessor's clients. */
    @Test
    void receivedListenerThatCannotBePassedOnRefusesNoHandshake() throws Exception {
        try (var transfer = new Transfer()) {
            Acceptor received = transfer.pass();
            transfer.toOne.close();
            assertThrows(
                    IOException.class,
                    () -> transfer.other.sendListeners(transfer.toOther, List.of(received)));
            received.stop();
            assertThrows(ClosedChannelException.class, received::accept);
            received.close();
            try (Channel client = transfer.other.connect(transfer.listener.localAddress())) {
                transfer.assertAccepts(transfer.listener, client);
            }
        }
    }

    @Test
    void stoppedListenerIsNotPassed() throws Exception {
        try (var transfer = new Transfer()) {
            transfer.listener.stop();
            var e = assertThrows(IOException.class, transfer::pass);
            assertTrue(e.getMessage().contains("is stopped"), e::toString);
            transfer.toOne.abort();
            assertThrows(
                    EOFException.class,
                    () -> transfer.other.receiveListeners(transfer.toOther, SocketOptions.DEFAULT));
        }
    }

    @Test
    @Tag("stress")
    void stopDuringASendLeavesTheSuccessorListening() throws Exception {
        int passed = 0;
        for (int round = 0; round < 400; round++) {
            try (var transfer = new Transfer()) {
                var pass = Call.of(transfer::pass);
                for (int i = 0; i < round * 50; i++) Thread.onSpinWait();
                transfer.listener.stop();
                Acceptor received;
                try {
                    received = pass.result();
                } catch (IOException e) { // the stop was first
                    continue;
                }
                passed++;
                transfer.listener.close();
                Channel client = transfer.other.connect(received.localAddress());
                transfer.assertAccepts(received, client);
            }
            Files.deleteIfExists(path()); // the drivers are closed, not the offer
        }
        assertTrue(passed > 0 && passed < 400, "passed " + passed);
    }

    /** The predecessor has closed the socket, so the successor is the last that holds it. */
    @Test
    void lastHolderServesItsQueue() throws Exception {
        Server server = listenAtLoopback();
        var offer = offer(server);
        Server successor = takeOver();
        offer.result();
        server.close();
        successor.suspend();
        Connection queued = connect(successor.localAddress());
        var shutdown = Call.of(() -> successor.shutdown(GRACE));
        assertEquals("newer", queued.readLine());
        queued.close();
        assertEquals(1, shutdown.result().finished());
    }

    /** It has the listeners, so it may accept, although the predecessor does not hear of it. */
    @Test
    void shutdownAfterAnUnconfirmedOfferLeavesTheSuccessorListening() throws Exception {
        Server server = listenAtLoopback();
        var offer = offer(server);
        try (var driver = Kernel.EPOLL.newDriver()) {
            Channel channel = driver.connect(UnixDomainSocketAddress.of(path()));
            Acceptor received = driver.receiveListeners(channel, SocketOptions.DEFAULT).getFirst();
            channel.close();
            server.shutdown(GRACE);
            assertFalse(offer.result());
            try (Connection client = connect(received.localAddress());
                    Channel accepted = received.accept()) {
                assertEquals(client.localAddress(), accepted.remoteAddress());
            }
        }
    }

    /** With a reset, as the kernel has queued the successor's connection. */
    @Test
    void predecessorThatEndsBeforeItAcceptsIsNone() throws Exception {
        Call<Server> takeover;
        try (var ending = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            ending.bind(UnixDomainSocketAddress.of(path()));
            takeover = Call.of(this::takeOverOrListen).awaitIn("awaitReadable");
        }
        assertServedBy("newer", takeover.result().localAddress());
    }

    @Test
    void predecessorThatEndsBeforeItPassesListenersIsNone() throws Exception {
        try (var ending = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            ending.bind(UnixDomainSocketAddress.of(path()));
            var takeover = Call.of(this::takeOverOrListen);
            ending.accept().close();
            assertServedBy("newer", takeover.result().localAddress());
        }
    }

    private Server takeOverOrListen() throws Exception {
        var listeners = Listeners.takenOverFrom(path()).or(Listeners.at(LoopbackAddress.of(0)));
        return listen(newer, "newer", listeners);
    }

    @Test
    void listenersCanBeHandedOverAgainAndAgain() throws Exception {
        Server present = listenAtLoopback();
        SocketAddress address = present.localAddress();
        for (int i = 0; i < 10; i++) {
            Runtime runtime = i % 2 == 0 ? newer : older;
            String name = "server " + i;
            var offer = offer(present);
            Server next = listen(runtime, name, Listeners.takenOverFrom(path()));
            offer.result();
            present.shutdown(GRACE);
            assertServedBy(name, address);
            present = next;
        }
    }

    @Test
    void allListenersAreHandedOver() throws Exception {
        var file = UnixDomainSocketAddress.of(directory.resolve("socket"));
        Server server = listen(older, "older", Listeners.at(LoopbackAddress.of(0), file));
        var offer = offer(server);
        takeOver();
        offer.result();
        server.close();
        assertServedBy("newer", server.localAddress());
        assertServedBy("newer", file);
    }

    @Test
    void pathIsFreeWhenTheSuccessorListens() throws Exception {
        var offer = offer(listenAtLoopback());
        Server successor = takeOver();
        assertTrue(offer(successor).cutIn("awaitConnection"));
        offer.result();
        assertFalse(Files.exists(path()));
    }

    @Test
    void cancelEndsTheOfferAndTheServerGoesOn() throws Exception {
        Server server = listenAtLoopback();
        Task<Boolean> offer = older.start(() -> server.handOver(path()));
        Eventually.holds(() -> Files.exists(path()));
        offer.cancelAndJoin();
        assertThrows(CancellationException.class, offer::join);
        assertFalse(Files.exists(path()));
        assertServedBy("older", server.localAddress());
    }

    @Test
    void offerGoesOnWhenASuccessorEndsBeforeItAccepts() throws Exception {
        Server server = listenAtLoopback();
        var offer = offer(server);
        try (var driver = Kernel.EPOLL.newDriver()) {
            for (int i = 0; i < 3; i++) {
                var channel = driver.connect(UnixDomainSocketAddress.of(path()));
                driver.receiveListeners(channel, ServerOptions.DEFAULT.socket())
                        .forEach(Acceptor::close);
                channel.close();
            }
        }
        SocketChannel.open(UnixDomainSocketAddress.of(path())).close(); // takes nothing
        assertServedBy("older", server.localAddress());
        assertFalse(offer.isDone());
        takeOver();
        offer.result();
    }

    /** The peer may have the listeners, or may be gone. */
    @Test
    void queueIsServedAfterASuccessorHasNotAccepted() throws Exception {
        Server server = listenAtLoopback();
        var _ = offer(server);
        try (var peer = SocketChannel.open(UnixDomainSocketAddress.of(path()))) {
            peer.shutdownOutput();
            while (peer.read(ByteBuffer.allocate(100)) >= 0) {} // until the offer is withdrawn
        }
        server.suspend();
        Connection queued = connect(server.localAddress());
        var shutdown = Call.of(() -> server.shutdown(GRACE));
        assertEquals("older", queued.readLine());
        queued.close();
        assertEquals(1, shutdown.result().finished());
    }

    @Test
    void closeOfTheServerEndsTheOffer() throws Exception {
        Server server = listenAtLoopback();
        var offer = offer(server);
        server.close();
        assertFalse(offer.result());
        assertFalse(Files.exists(path()));
        assertFalse(server.handOver(path()));
    }

    @Test
    @Tag("stress")
    void closeDuringATakeoverLeavesNothingBehind() throws Exception {
        for (int round = 0; round < 300; round++) {
            Server server = listenAtLoopback();
            var offer = offer(server);
            var takeover = Call.of(this::takeOver);
            server.close();
            boolean handedOver = offer.result();
            try {
                takeover.result().close();
            } catch (IOException e) { // it is the only source
                assertFalse(handedOver, e::toString);
            }
            assertFalse(Files.exists(path()));
        }
    }

    @Test
    void onlyTheUserCanReachTheOffer() throws Exception {
        var offer = offer(listenAtLoopback());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path())));
        assertTrue(offer.cutIn("awaitConnection"));
    }

    @Test
    void pathOfALiveServerIsRefused() throws Exception {
        try (var live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            live.bind(UnixDomainSocketAddress.of(path()));
            Server server = listenAtLoopback();
            var e = assertThrows(BindException.class, () -> server.handOver(path()));
            assertTrue(
                    e.getMessage().startsWith("cannot offer the listeners at " + path() + ": "),
                    e::toString);
            assertServedBy("older", server.localAddress());
        }
    }

    @Test
    void withoutAPredecessorOtherListenersAreUsed() throws Exception {
        var listeners = Listeners.takenOverFrom(path()).or(Listeners.inherited());
        Server server = listen(newer, "newer", listeners.or(Listeners.at(LoopbackAddress.of(0))));
        assertServedBy("newer", server.localAddress());
        var e = assertThrows(IOException.class, () -> listen(newer, "newer", listeners));
        assertTrue(e.getMessage().contains(path().toString()), e::toString);
    }

    @Test
    void staleFileIsNoPredecessor() throws Exception {
        try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(path()));
        }
        var listeners = Listeners.takenOverFrom(path()).or(Listeners.at(LoopbackAddress.of(0)));
        Server server = listen(newer, "newer", listeners);
        assertTrue(offer(server).cutIn("awaitConnection"));
        assertServedBy("newer", server.localAddress());
    }

    @Test
    void otherServerAtThePathIsNoPredecessor() throws Exception {
        try (var other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path()));
            var attempt = Call.of(this::takeOver);
            try (var accepted = other.accept()) {
                accepted.write(
                        ByteBuffer.wrap("220 hello\r\n".getBytes(StandardCharsets.US_ASCII)));
                var e = assertThrows(IOException.class, attempt::result);
                assertTrue(e.getMessage().contains("220 hello"), e::toString);
            }
            var next = Call.of(this::takeOver);
            other.accept().close();
            assertThrows(IOException.class, next::result);
        }
    }

    @Test
    void takeoverCanBeCancelled() throws Exception {
        try (var silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(path()));
            Task<Server> takeover = newer.start(this::takeOver);
            try (var accepted = silent.accept()) {
                assertTrue(accepted.isConnected());
                takeover.cancelAndJoin();
            }
            assertThrows(CancellationException.class, takeover::join);
        }
    }

    @Test
    void portableDriverNamesTheReason() throws Exception {
        try (var runtime =
                Runtime.open(RuntimeOptions.DEFAULT.withDriver(Kernel.NIO.newDriver()))) {
            Server server = listen(runtime, "nio", Listeners.at(LoopbackAddress.of(0)));
            var e =
                    assertThrows(
                            UnsupportedOperationException.class, () -> server.handOver(path()));
            assertTrue(e.getMessage().contains("epoll"), e::toString);
            assertFalse(Files.exists(path()));
        }
    }
}
