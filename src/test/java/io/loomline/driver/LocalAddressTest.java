package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A local address is taken, and options reach the sockets that are accepted. */
@ParameterizedClass
@EnumSource(Kernel.class)
class LocalAddressTest {
    private static final int KIB = 1024;
    private static final SocketOptions OPTIONS = new SocketOptions(false, true, 64 * KIB, 32 * KIB);

    @Parameter Kernel kernel;
    @TempDir Path directory;

    private int descriptorsBefore;

    @BeforeEach
    void count() throws IOException {
        descriptorsBefore = Descriptors.count();
    }

    @AfterEach
    void leavesNoDescriptor() throws IOException {
        Descriptors.awaitCount(descriptorsBefore);
    }

    @Test
    void localAddressIsTaken() throws Exception {
        var local = new InetSocketAddress("127.0.0.7", 0);
        try (var driver = kernel.newDriver();
                var acceptor = driver.listen(Loopback.anyPort(), 5, OPTIONS);
                var channel = driver.connect(acceptor.localAddress(), local, OPTIONS);
                var accepted = acceptor.accept()) {
            var from = (InetSocketAddress) channel.localAddress();
            assertEquals("127.0.0.7", from.getAddress().getHostAddress());
            assertEquals(from, accepted.remoteAddress());
        }
    }

    @Test
    void localAddressThatIsNotOursIsAFailure() {
        var local = new InetSocketAddress("192.0.2.1", 0); // RFC 5737: nobody's
        try (var driver = kernel.newDriver()) {
            assertThrows(
                    IOException.class, () -> driver.connect(Loopback.unusedPort(), local, OPTIONS));
        }
    }

    @Test
    void socketThatIsAcceptedHasThem() throws Exception {
        int little = takenBy(OPTIONS.withReceiveBufferBytes(4 * KIB));
        int much = takenBy(OPTIONS.withReceiveBufferBytes(200 * KIB));
        assertTrue(much - little > 100 * KIB, () -> little + " and " + much);
    }

    /** What a client can write that nobody reads. */
    private int takenBy(SocketOptions options) throws Exception {
        try (var driver = kernel.newDriver();
                var acceptor = driver.listen(Loopback.anyPort(), 5, options);
                var channel = driver.connect(acceptor.localAddress(), null, OPTIONS);
                var accepted = acceptor.accept()) {
            assertEquals(channel.localAddress(), accepted.remoteAddress());
            return channel.tryWrite(ByteBuffer.allocate(16 << 20));
        }
    }

    @Test
    void clientIsNotConnectedToItself() throws Exception {
        try (var driver = kernel.newDriver()) {
            for (int i = 0; i < 100; i++) {
                SocketAddress itself = Loopback.unusedPort();
                var e =
                        assertThrows(
                                ConnectException.class,
                                () -> driver.connect(itself, itself, OPTIONS));
                assertTrue(e.getMessage().contains("refused"), e::toString);
            }
        }
    }

    @Test
    void localAddressOfAnotherKindIsRefused() {
        var path = UnixDomainSocketAddress.of(directory.resolve("from"));
        try (var driver = kernel.newDriver()) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> driver.connect(Loopback.unusedPort(), path, OPTIONS));
            assertTrue(e.getMessage().contains("from"), e::toString);
        }
    }
}
