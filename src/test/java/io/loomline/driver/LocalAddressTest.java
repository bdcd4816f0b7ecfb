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

/** Connects use their local address, and options reach accepted sockets. */
@ParameterizedClass
@EnumSource(Kernel.class)
class LocalAddressTest {
    private static final int KIB = 1024;
    private static final SocketOptions OPTIONS =
            SocketOptions.DEFAULT
                    .withTcpNoDelay(false)
                    .withKeepAlive(true)
                    .withSendBufferBytes(64 * KIB)
                    .withReceiveBufferBytes(32 * KIB);

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
    void connectUsesTheLocalAddress() throws Exception {
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
    void localAddressOfAnotherMachineFails() {
        var local = new InetSocketAddress("192.0.2.1", 0); // reserved for documentation: RFC 5737
        try (var driver = kernel.newDriver()) {
            assertThrows(
                    IOException.class, () -> driver.connect(Loopback.unusedPort(), local, OPTIONS));
        }
    }

    @Test
    void acceptedSocketHasTheReceiveBuffer() throws Exception {
        int small = takenBy(OPTIONS.withReceiveBufferBytes(4 * KIB));
        int large = takenBy(OPTIONS.withReceiveBufferBytes(200 * KIB));
        assertTrue(large - small > 100 * KIB, () -> small + " and " + large);
    }

    /** Returns how many bytes a client can write to a peer that does not read. */
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
                SocketAddress own = Loopback.unusedPort();
                var e =
                        assertThrows(
                                ConnectException.class, () -> driver.connect(own, own, OPTIONS));
                assertTrue(e.getMessage().contains("refused"), e::toString);
            }
        }
    }

    @Test
    void localAddressOfAnotherKindIsRejected() {
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
