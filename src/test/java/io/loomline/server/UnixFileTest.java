package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.UnixFile;
import io.loomline.net.Connection;
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
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** The file of a Unix-domain listener appears with its mode and its owner. */
@ParameterizedClass
@EnumSource(Kernel.class)
class UnixFileTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final UnixFile GROUP_ONLY = UnixFile.DEFAULT.withMode("rw-rw----");

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

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(directory.resolve("socket"));
    }

    private Server listen(UnixFile file) throws IOException {
        var options = ServerOptions.DEFAULT.withSocket(SocketOptions.DEFAULT.withUnixFile(file));
        return runtime.listen(
                address(),
                options,
                connection -> connection.writeLine("served at " + connection.localAddress()));
    }

    private PosixFileAttributes attributes() throws IOException {
        return Files.readAttributes(address().getPath(), PosixFileAttributes.class);
    }

    private String mode() throws IOException {
        return PosixFilePermissions.toString(attributes().permissions());
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return new TreeSet<>(all.map(each -> "" + each.getFileName()).toList());
        }
    }

    @Test
    void fileHasTheMode() throws Exception {
        try (Server server = listen(GROUP_ONLY)) {
            assertEquals("rw-rw----", mode());
            assertEquals(Set.of("socket"), files());
            assertEquals(address(), server.localAddress());
        }
        try (Server server = listen(UnixFile.DEFAULT.withMode("rwxrwxrwx"))) {
            assertEquals("rwxrwxrwx", mode(), server::toString); // more than the umask permits
        }
        assertEquals(Set.of(), files());
    }

    @Test
    void bothEndsNameThePath() throws Exception {
        listen(GROUP_ONLY);
        try (Connection connection = runtime.connect(address())) {
            assertEquals("served at " + address(), connection.readLine());
            assertEquals(address(), connection.remoteAddress());
        }
    }

    @Test
    void fileHasOwnerAndGroupByNumber() throws Exception {
        assumeTrue(isRoot(), "only root may give files away");
        var file = GROUP_ONLY.withOwner("4321").withGroup("4322");
        try (Server server = listen(file)) {
            assertEquals(4321, Files.getAttribute(address().getPath(), "unix:uid"));
            assertEquals(4322, Files.getAttribute(address().getPath(), "unix:gid"));
            assertEquals("rw-rw----", mode(), server::toString);
        }
        assertEquals(Set.of(), files());
    }

    @Test
    void ownerAndGroupByNameLeaveTheModeToTheUmask() throws Exception {
        listen(UnixFile.DEFAULT).close();
        Files.createFile(directory.resolve("plain"));
        var plain = Files.readAttributes(directory.resolve("plain"), PosixFileAttributes.class);
        var file =
                UnixFile.DEFAULT
                        .withOwner(plain.owner().getName())
                        .withGroup(plain.group().getName());
        try (Server server = listen(file)) {
            assertEquals(plain.owner(), attributes().owner(), server::toString);
            assertEquals(plain.group(), attributes().group());
            assertEquals( // the umask has the same effect on both
                    mode().replace("x", "-"), PosixFilePermissions.toString(plain.permissions()));
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    @Test
    void unknownNamesAreNamedAndLeaveNothing() throws Exception {
        var e = assertThrows(IOException.class, () -> listen(GROUP_ONLY.withOwner("no-such")));
        assertTrue(e.getMessage().contains("owner no-such"), e::toString);
        assertTrue(e.getMessage().contains("socket"), e::toString);
        e = assertThrows(IOException.class, () -> listen(GROUP_ONLY.withGroup("no-group")));
        assertTrue(e.getMessage().contains("group no-group"), e::toString);
        assertEquals(Set.of(), files());
        listen(GROUP_ONLY).close();
    }

    @Test
    void staleFileIsReplaced() throws Exception {
        try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(address());
        }
        listen(GROUP_ONLY);
        assertEquals("rw-rw----", mode());
        requireServed();
    }

    private void requireServed() throws Exception {
        try (Connection connection = runtime.connect(address())) {
            assertEquals("served at " + address(), connection.readLine());
        }
    }

    @Test
    void liveServerAndOtherFilesAreKept() throws Exception {
        try (Server live = listen(GROUP_ONLY)) {
            var e = assertThrows(BindException.class, () -> listen(GROUP_ONLY));
            assertTrue(e.getMessage().contains("a server is listening there"), e::toString);
            assertTrue(live.isAccepting());
            assertEquals(Set.of("socket"), files());
        }
        Files.createFile(address().getPath());
        var e = assertThrows(BindException.class, () -> listen(GROUP_ONLY));
        assertTrue(e.getMessage().contains("no socket"), e::toString);
        assertEquals(Set.of("socket"), files());
    }

    @Test
    void fileThatReplacedOursIsKept() throws Exception {
        Server server = listen(GROUP_ONLY);
        Files.delete(address().getPath());
        Files.createFile(address().getPath());
        server.close();
        assertEquals(Set.of("socket"), files());
    }

    /** Whenever the file is there, it has its mode: an observer sees no other. */
    @Test
    @Tag("stress")
    void fileNeverHasAnotherMode() throws Exception {
        var ended = new AtomicBoolean();
        Set<String> seen = new TreeSet<>();
        Thread observer =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!ended.get()) observe(seen);
                        });
        try {
            for (int i = 0; i < 500; i++) listen(UnixFile.DEFAULT.withMode("-w-------")).close();
        } finally {
            ended.set(true);
            observer.join();
        }
        assertFalse(seen.isEmpty());
        assertEquals(Set.copyOf(List.of("-w-------")), seen);
    }

    private void observe(Set<String> seen) {
        try {
            seen.add(mode());
        } catch (NoSuchFileException e) {
            Thread.onSpinWait(); // not there at the moment
        } catch (IOException e) {
            seen.add("" + e);
        }
    }
}
