package io.loomline.driver.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Descriptors;
import io.loomline.driver.Loopback;
import io.loomline.driver.SocketOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** Options that the kind of socket supports reach the kernel. */
class NioSocketsTest {
    private static final int KIB = 1024;
    private static final SocketOptions OPTIONS =
            SocketOptions.DEFAULT
                    .withTcpNoDelay(false)
                    .withKeepAlive(true)
                    .withSendBufferBytes(64 * KIB)
                    .withReceiveBufferBytes(32 * KIB);

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
    void connectingSocketHasTheOptions() throws Exception {
        try (var socket = NioSockets.toConnect(Loopback.anyPort(), null, OPTIONS)) {
            assertEquals(false, socket.getOption(StandardSocketOptions.TCP_NODELAY));
            assertEquals(true, socket.getOption(StandardSocketOptions.SO_KEEPALIVE));
            // the kernel doubles them: socket(7)
            assertTrue(socket.getOption(StandardSocketOptions.SO_SNDBUF) >= 64 * KIB);
            assertTrue(socket.getOption(StandardSocketOptions.SO_SNDBUF) <= 256 * KIB);
            assertTrue(socket.getOption(StandardSocketOptions.SO_RCVBUF) <= 128 * KIB);
        }
    }

    @Test
    void defaultOptionsDisableTheDelayOnly() throws Exception {
        try (var socket = NioSockets.toConnect(Loopback.anyPort(), null, SocketOptions.DEFAULT)) {
            assertEquals(true, socket.getOption(StandardSocketOptions.TCP_NODELAY));
            assertEquals(false, socket.getOption(StandardSocketOptions.SO_KEEPALIVE));
        }
    }

    @Test
    void listeningSocketHasTheReceiveBuffer() throws Exception {
        try (var socket = NioSockets.toListen(Loopback.anyPort(), OPTIONS)) {
            assertTrue(socket.getOption(StandardSocketOptions.SO_RCVBUF) <= 128 * KIB);
            assertTrue(socket.getOption(StandardSocketOptions.SO_REUSEADDR));
        }
    }

    @Test
    void unixSocketHasTheBufferSizesOnly() throws Exception {
        SocketAddress address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        try (var socket = NioSockets.toConnect(address, null, OPTIONS)) {
            assertTrue(socket.getOption(StandardSocketOptions.SO_SNDBUF) <= 256 * KIB);
        }
    }

    @Test
    void packetSocketHasTheBufferSizesOnly() throws Exception {
        try (var socket = NioSockets.forPackets(Loopback.anyPort(), null, OPTIONS)) {
            assertTrue(socket.getOption(StandardSocketOptions.SO_RCVBUF) <= 128 * KIB);
        }
    }
}
