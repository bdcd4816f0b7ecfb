package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The addresses that drivers connect to and listen at, and the errors for all others. */
@ParameterizedClass
@EnumSource(Kernel.class)
class DriverAddressTest {
    @Parameter Kernel kernel;

    private Driver driver;
    private int descriptorsBefore;

    @BeforeEach
    void countDescriptors() throws IOException {
        driver = kernel.newDriver();
        descriptorsBefore = Descriptors.count();
    }

    @AfterEach
    void leavesNoDescriptor() throws IOException {
        driver.close();
        assertEquals(descriptorsBefore, Descriptors.count(), "open descriptors");
    }

    @Test
    void unusedDriverHoldsNoDescriptor() throws IOException {
        assertEquals(descriptorsBefore, Descriptors.count());
    }

    @Test
    void unresolvedNameIsRejectedByName() {
        var unresolved = InetSocketAddress.createUnresolved("host.invalid", 7000);
        var connecting =
                assertThrows(IllegalArgumentException.class, () -> driver.connect(unresolved));
        assertTrue(connecting.getMessage().contains("host.invalid"), connecting::getMessage);
        var listening =
                assertThrows(IllegalArgumentException.class, () -> driver.listen(unresolved, 1));
        assertTrue(listening.getMessage().contains("host.invalid"), listening::getMessage);
    }

    @Test
    void unknownKindOfAddressIsRejectedByName() {
        var foreign = new Foreign();
        var connecting =
                assertThrows(IllegalArgumentException.class, () -> driver.connect(foreign));
        assertTrue(connecting.getMessage().contains("a pigeon"), connecting::getMessage);
        assertThrows(IllegalArgumentException.class, () -> driver.listen(foreign, 1));
    }

    private static final class Foreign extends SocketAddress {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            return "a pigeon";
        }
    }

    @Test
    void nullAddressIsRejected() {
        assertThrows(NullPointerException.class, () -> driver.connect(null));
        assertThrows(NullPointerException.class, () -> driver.listen(null, 1));
    }

    @Test
    void portInUseFails() throws IOException {
        try (var acceptor = driver.listen(Loopback.anyPort(), 1)) {
            assertThrows(BindException.class, () -> driver.listen(acceptor.localAddress(), 1));
        }
    }

    @Test
    void portZeroChoosesAFreePort() throws IOException {
        try (var first = driver.listen(Loopback.anyPort(), 1);
                var second = driver.listen(Loopback.anyPort(), 1)) {
            assertNotEquals(first.localAddress(), second.localAddress());
        }
    }

    @Test
    void portWithoutListenerRefusesConnections() throws IOException {
        var unused = Loopback.unusedPort();
        assertThrows(ConnectException.class, () -> driver.connect(unused));
    }

    @Test
    void unixPathWorksLikeAPort(@TempDir Path folder) throws Exception {
        var path = UnixDomainSocketAddress.of(folder.resolve("s"));
        assertThrows(IOException.class, () -> driver.connect(path));
        try (var acceptor = driver.listen(path, 1);
                var client = driver.connect(path);
                var server = acceptor.accept()) {
            Loopback.write(client, (byte) 7);
            client.shutdownOutput();
            assertEquals(7, Loopback.read(server));
            assertEquals(-1, Loopback.read(server));
            assertEquals(path, client.remoteAddress());
            assertThrows(IOException.class, () -> driver.listen(path, 1));
        }
    }

    @Test
    void closedDriverNeitherConnectsNorListens() throws IOException {
        var unused = Loopback.unusedPort();
        driver.close();
        driver.close();
        assertThrows(IOException.class, () -> driver.connect(unused));
        assertThrows(IOException.class, () -> driver.listen(Loopback.anyPort(), 1));
    }

    /** The JDK copies arrays to memory outside the heap and keeps the copy. */
    @Test
    @Tag("slow")
    void largeArraysTakeLittleMemoryOutsideTheHeap() throws Exception {
        var bytes = ByteBuffer.allocate(128 * 1024 * 1024);
        try (var acceptor = driver.listen(Loopback.anyPort(), 1);
                var client = driver.connect(acceptor.localAddress());
                var server = acceptor.accept()) {
            long before = residentBytes();
            assertTrue(Started.start(() -> client.tryWrite(bytes)).join() > 0);
            assertTrue(Started.start(() -> server.tryRead(bytes)).join() > 0);
            long taken = residentBytes() - before;
            assertTrue(taken < bytes.capacity() / 4, () -> taken + " bytes");
        }
    }

    /** Returns the resident anonymous memory of this process: proc(5). */
    private static long residentBytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            String line = lines.filter(l -> l.startsWith("RssAnon:")).findFirst().orElseThrow();
            return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
    }
}
