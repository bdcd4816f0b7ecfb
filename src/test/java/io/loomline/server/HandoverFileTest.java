package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Acceptor;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.UnixFile;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
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
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;

/** Of the servers that hold a Unix-domain listener, the last one removes its file. */
@ParameterizedClass
@ValueSource(strings = {"", "rw-rw----"}) // with a mode, the kernel's name of the socket is another
class HandoverFileTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration GRACE = Duration.ofSeconds(10);

    @TempDir Path directory;
    @Parameter String mode;

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
        return directory.resolve("socket");
    }

    private Path offerPath() {
        return directory.resolve("handover");
    }

    private boolean exists() {
        return Files.exists(path(), LinkOption.NOFOLLOW_LINKS);
    }

    private Server listen(Runtime runtime, String name, Listeners listeners) throws Exception {
        UnixFile file = UnixFile.DEFAULT;
        if (!mode.isEmpty()) file = file.withMode(mode);
        var options = ServerOptions.DEFAULT.withSocket(SocketOptions.DEFAULT.withUnixFile(file));
        return runtime.listen(listeners, options, each -> each.writeLine(name));
    }

    private Server first() throws Exception {
        return listen(older, "older", Listeners.at(UnixDomainSocketAddress.of(path())));
    }

    private Call<Boolean> offer(Server server) throws InterruptedException {
        return Call.of(() -> server.handOver(offerPath())).awaitIn("awaitConnection");
    }

    private Server handOver(Server server, Runtime to, String name) throws Exception {
        var offer = offer(server);
        Server successor = listen(to, name, Listeners.takenOverFrom(offerPath()));
        assertTrue(offer.result());
        return successor;
    }

    private void assertServedBy(String name) throws Exception {
        try (Connection connection = newer.connect(UnixDomainSocketAddress.of(path()))) {
            assertEquals(name, connection.readLine());
        }
    }

    @Test
    void successorRemovesTheFile() throws Exception {
        Server server = first();
        Server successor = handOver(server, newer, "newer");
        server.shutdown(GRACE);
        assertTrue(exists());
        assertEquals(0, successor.acceptedCount()); // it does not notice that it is asked for
        assertServedBy("newer");
        successor.shutdown(GRACE);
        assertFalse(exists());
    }

    @Test
    void predecessorRemovesTheFileIfItIsTheLast() throws Exception {
        Server server = first();
        handOver(server, newer, "newer").close();
        assertTrue(exists());
        assertServedBy("older");
        server.close();
        assertFalse(exists());
    }

    @Test
    void lastOfManyRemovesTheFile() throws Exception {
        Server present = first();
        for (int i = 0; i < 5; i++) {
            Server next = handOver(present, i % 2 == 0 ? newer : older, "server " + i);
            present.close();
            assertServedBy("server " + i);
            present = next;
        }
        present.close();
        assertFalse(exists());
    }

    @Test
    void runtimeOfTheSuccessorRemovesTheFile() throws Exception {
        handOver(first(), newer, "newer");
        older.close();
        assertTrue(exists());
        newer.close();
        assertFalse(exists());
    }

    /** It may have had the listener, but it has closed it. */
    @Test
    void serverRemovesTheFileAfterASuccessorHasFailed() throws Exception {
        Server server = first();
        var offer = offer(server);
        try (var driver = Kernel.EPOLL.newDriver()) {
            var channel = driver.connect(UnixDomainSocketAddress.of(offerPath()));
            driver.receiveListeners(channel, SocketOptions.DEFAULT).forEach(Acceptor::close);
            channel.close();
        }
        assertServedBy("older");
        server.close();
        assertFalse(offer.result());
        assertFalse(exists());
    }

    /** The successor may accept, and its predecessor does not know. */
    @Test
    void serverLeavesTheFileToASuccessorThatHasNotConfirmed() throws Exception {
        Server server = first();
        var offer = offer(server);
        try (var driver = Kernel.EPOLL.newDriver()) {
            var channel = driver.connect(UnixDomainSocketAddress.of(offerPath()));
            Acceptor received = driver.receiveListeners(channel, SocketOptions.DEFAULT).getFirst();
            server.close();
            channel.close();
            assertFalse(offer.result());
            assertTrue(exists());
            try (Connection client = newer.connect(UnixDomainSocketAddress.of(path()));
                    var accepted = received.accept()) {
                assertNotNull(accepted.remoteAddress());
                assertTrue(client.isOpen());
            }
            received.close();
            assertFalse(exists());
        }
    }

    @Test
    void fileThatReplacedTheOldOneIsKept() throws Exception {
        Server server = first();
        Server successor = handOver(server, newer, "newer");
        Files.delete(path());
        Files.createFile(path());
        server.close();
        successor.close();
        assertTrue(Files.isRegularFile(path()));
    }

    @Test
    void liveServerThatReplacedTheOldOneKeepsItsFile() throws Exception {
        Server server = first();
        var offer = offer(server);
        Files.delete(path());
        try (var other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path()));
            Server successor = listen(newer, "newer", Listeners.takenOverFrom(offerPath()));
            assertTrue(offer.result());
            server.close();
            successor.close();
            assertTrue(exists());
        }
    }

    @Test
    void missingFileIsNoError() throws Exception {
        Server server = first();
        Server successor = handOver(server, newer, "newer");
        Files.delete(path());
        server.close();
        successor.close();
        assertFalse(exists());
    }

    @Test
    @Tag("stress")
    void serversThatCloseTogetherLeaveNoFile() throws Exception {
        for (int round = 0; round < 300; round++) {
            Server server = first();
            Server successor = handOver(server, newer, "newer");
            var start = new CyclicBarrier(2);
            var one = Call.running(() -> closeAfter(start, server));
            var other = Call.running(() -> closeAfter(start, successor));
            one.result();
            other.result();
            assertFalse(exists(), "round " + round);
        }
    }

    private static void closeAfter(CyclicBarrier start, Server server) throws Exception {
        start.await();
        server.close();
    }

    @Test
    void pathIsFreeForTheNextServer() throws Exception {
        Server server = first();
        Server successor = handOver(server, newer, "newer");
        server.close();
        assertThrows(IOException.class, this::first); // the successor serves there
        successor.close();
        first().close();
        assertFalse(exists());
    }
}
