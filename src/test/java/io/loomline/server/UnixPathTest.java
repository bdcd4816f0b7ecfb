package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.driver.Started;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The file of a Unix-domain socket: when a server replaces it, and when it removes it. */
class UnixPathTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir Path directory;

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    private Path path() {
        return directory.resolve("socket");
    }

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(path());
    }

    private Server listen() throws IOException {
        return runtime.listen(
                address(), ServerOptions.DEFAULT, connection -> connection.writeLine("ours"));
    }

    private void assertOurs() throws Exception {
        try (var connection = runtime.connect(address())) {
            assertEquals("ours", connection.readLine());
        }
    }

    private boolean exists() {
        return Files.exists(path(), LinkOption.NOFOLLOW_LINKS);
    }

    /** Leaves a file behind, as a killed server does. */
    private void createStaleFile() throws IOException {
        try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(address());
        }
        assertTrue(exists());
    }

    @Test
    void staleFileIsReplaced() throws Exception {
        createStaleFile();
        try (Server server = listen()) {
            assertEquals(address(), server.localAddress());
            assertOurs();
        }
        assertFalse(exists());
    }

    @Test
    void pathCanBeReusedByServerAfterServer() throws Exception {
        for (int i = 0; i < 100; i++) {
            if (i % 3 == 0) createStaleFile();
            try (Server server = listen()) {
                assertTrue(exists(), server::toString);
                assertOurs();
            }
            assertFalse(exists());
        }
    }

    @Test
    void liveServerKeepsItsFile() throws Exception {
        listen();
        var e = assertThrows(BindException.class, this::listen);
        assertTrue(e.getMessage().contains(address().toString()), e::toString);
        assertTrue(e.getMessage().contains("a server is listening there"), e::toString);
        assertOurs();
    }

    @Test
    void liveServerWithAFullQueueKeepsItsFile() throws Exception {
        try (var live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            live.bind(address(), 1);
            try (var one = SocketChannel.open(address());
                    var two = SocketChannel.open(address())) {
                assertThrows(BindException.class, this::listen);
                assertTrue(one.isConnected() && two.isConnected() && exists());
            }
        }
    }

    @Test
    void probeDoesNotDisturbALiveServer() throws Exception {
        Server server = listen();
        for (int i = 0; i < 50; i++) assertThrows(BindException.class, this::listen);
        assertOurs();
        server.close();
        assertFalse(exists());
    }

    @Test
    void regularFileIsKept() throws Exception {
        byte[] content = {1, 2, 3};
        Files.write(path(), content);
        var e = assertThrows(BindException.class, this::listen);
        assertTrue(e.getMessage().contains("no socket"), e::toString);
        assertArrayEquals(content, Files.readAllBytes(path()));
    }

    @Test
    void pipeIsKept() throws Exception {
        int made = new ProcessBuilder("mkfifo", path().toString()).start().waitFor();
        assumeTrue(made == 0, "no pipe can be made");
        var e = assertThrows(BindException.class, this::listen);
        assertTrue(e.getMessage().contains("no socket"), e::toString);
        assertTrue(exists());
    }

    @Test
    void directoryIsKept() throws Exception {
        Files.createDirectory(path());
        assertThrows(BindException.class, this::listen);
        assertTrue(Files.isDirectory(path()));
    }

    @Test
    void linkIsKeptAndNotFollowed() throws Exception {
        Path elsewhere = Files.createFile(directory.resolve("elsewhere"));
        Files.createSymbolicLink(path(), elsewhere);
        assertThrows(BindException.class, this::listen);
        assertTrue(Files.isSymbolicLink(path()) && Files.exists(elsewhere));
    }

    @Test
    void fileOfAnotherServerIsNotRemoved() throws Exception {
        Server server = listen();
        Files.delete(path());
        try (var other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(address());
            server.close();
            assertTrue(exists());
            try (var client = SocketChannel.open(address())) {
                assertTrue(client.isConnected());
            }
        }
    }

    @Test
    void missingFileIsNoErrorOnClose() throws Exception {
        Server server = listen();
        Files.delete(path());
        server.close();
        assertFalse(exists());
    }

    @Test
    void runtimeRemovesTheFile() throws Exception {
        listen();
        runtime.close();
        assertFalse(exists());
    }

    @Test
    void missingDirectoryIsNamed() {
        var nowhere = UnixDomainSocketAddress.of(directory.resolve("no").resolve("socket"));
        var e =
                assertThrows(
                        IOException.class,
                        () -> runtime.listen(nowhere, ServerOptions.DEFAULT, _ -> {}));
        assertTrue(e.getMessage().contains(nowhere.toString()), e::toString);
    }

    /** Only one of several servers that find the same stale file can listen. */
    @Test
    void oneOfSeveralServersReplacesAStaleFile() throws Exception {
        for (int round = 0; round < 50; round++) {
            createStaleFile();
            List<Started<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) all.add(Started.start(this::tryListen));
            int winners = 0;
            for (var each : all) if (each.join()) winners++;
            assertEquals(1, winners);
            assertOurs();
            winner.close();
            assertFalse(exists());
        }
    }

    private volatile Server winner;

    private boolean tryListen() throws IOException {
        try {
            winner = listen();
            return true;
        } catch (BindException e) {
            return false;
        }
    }
}
