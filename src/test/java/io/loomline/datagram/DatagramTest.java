package io.loomline.datagram;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.probe.Leftovers;
import io.loomline.stream.SkippedInput;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;

/** Packets arrive whole, with the address of their sender. */
class DatagramTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final SocketAddress ANY_PORT =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    @Test
    void packetHasBytesAndSender() throws Exception {
        var one = runtime.datagram(0);
        var other = runtime.datagram(0);
        one.send("hello".getBytes(UTF_8), other.localAddress());
        Datagram packet = other.receive();
        assertEquals("hello", packet.text());
        assertEquals(one.localAddress(), packet.sender());
        other.send(ByteBuffer.wrap("back".getBytes(UTF_8)), packet.sender());
        assertEquals("back", one.receive().text());
        assertTrue(packet.toString().contains("5 bytes"), packet::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_400, 9_000, 65_507})
    void everyLengthArrivesWhole(int length) throws Exception {
        var one = runtime.datagram(0);
        var other = runtime.datagram(0);
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        for (int i = 0; i < 3; i++) {
            one.send(bytes, other.localAddress());
            assertArrayEquals(bytes, other.receive().bytes());
        }
    }

    @Test
    void packetsStayApartAndInOrder() throws Exception {
        var one = runtime.datagram(0);
        var other = runtime.datagram(0);
        for (int i = 0; i < 50; i++) one.send(new byte[i], other.localAddress());
        for (int i = 0; i < 50; i++) assertEquals(i, other.receive().bytes().length);
    }

    @Test
    void packetCanBeReceivedIntoABuffer() throws Exception {
        var one = runtime.datagram(0);
        var other = runtime.datagram(0);
        one.send(new byte[] {1, 2, 3}, other.localAddress());
        var target = ByteBuffer.allocate(5).put((byte) 9);
        assertEquals(one.localAddress(), other.receive(target));
        assertEquals(ByteBuffer.wrap(new byte[] {9, 1, 2, 3}), target.flip());
    }

    @Test
    void packetOverTheLimitIsReportedAndTheNextIsReceived() throws Exception {
        var one = runtime.datagram(0);
        var other = runtime.datagram(ANY_PORT, DatagramOptions.DEFAULT.withMaxPacketBytes(4));
        for (int length : new int[] {4, 5, 3, 3}) one.send(new byte[length], other.localAddress());
        assertEquals(4, other.receive().bytes().length);
        var e = assertThrows(DatagramTooLongException.class, other::receive);
        assertInstanceOf(SkippedInput.class, e);
        assertEquals(4, e.limitBytes());
        assertEquals(one.localAddress(), e.sender());
        var small = ByteBuffer.allocate(2);
        e = assertThrows(DatagramTooLongException.class, () -> other.receive(small));
        assertEquals(2, e.limitBytes());
        assertEquals(2, small.remaining());
        assertEquals(3, other.receive().bytes().length);
    }

    @Test
    void packetTooLongForTheNetworkIsRefused() throws Exception {
        var one = runtime.datagram(0);
        var e =
                assertThrows(
                        SocketException.class,
                        () -> one.send(new byte[65_508], one.localAddress()));
        assertTrue(e.getMessage().contains("" + one.localAddress()), e::toString);
        assertTrue(e.getMessage().contains("too long"), e::toString);
        one.send(new byte[1], one.localAddress());
        assertEquals(1, one.receive().bytes().length);
    }

    private DatagramEndpoint open(SocketAddress remote) throws IOException {
        return runtime.datagram(ANY_PORT, DatagramOptions.DEFAULT.withRemote(remote));
    }

    @Test
    void endpointWithOnePeerIgnoresOthers() throws Exception {
        var peer = runtime.datagram(0);
        var stranger = runtime.datagram(0);
        var endpoint = open(peer.localAddress());
        assertEquals(Optional.of(peer.localAddress()), endpoint.remoteAddress());
        stranger.send(new byte[1], endpoint.localAddress());
        endpoint.send(new byte[2]);
        assertEquals(2, peer.receive().bytes().length);
        peer.send(new byte[3], endpoint.localAddress());
        assertEquals(3, endpoint.receive().bytes().length);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> endpoint.send(new byte[1], stranger.localAddress()));
        assertTrue(e.getMessage().contains("" + peer.localAddress()), e::toString);
    }

    /** The JDK would drop it and report success. */
    @Test
    void emptyPacketToTheOnlyPeerIsRefused() throws Exception {
        var endpoint = open(runtime.datagram(0).localAddress());
        var e = assertThrows(SocketException.class, () -> endpoint.send(new byte[0]));
        assertTrue(e.getMessage().contains("empty packet"), e::toString);
    }

    @Test
    void sendWithoutAReceiverIsRefused() throws Exception {
        var endpoint = runtime.datagram(0);
        assertEquals(Optional.empty(), endpoint.remoteAddress());
        assertThrows(IllegalStateException.class, () -> endpoint.send(new byte[1]));
        var name = InetSocketAddress.createUnresolved("localhost", 7);
        assertThrows(IllegalArgumentException.class, () -> endpoint.send(new byte[1], name));
    }

    @Test
    void unreachablePeerFailsTheNextCall() throws Exception {
        SocketAddress nobody;
        try (var socket = new DatagramSocket(ANY_PORT)) {
            nobody = socket.getLocalSocketAddress();
        }
        var endpoint = open(nobody);
        endpoint.send(new byte[1]);
        var e = assertThrows(PortUnreachableException.class, endpoint::receive);
        assertTrue(e.getMessage().contains("" + endpoint.localAddress()), e::toString);
        assertTrue(endpoint.isOpen());
    }

    @Test
    void addressInUseIsNamed() throws Exception {
        var endpoint = runtime.datagram(0);
        var e =
                assertThrows(
                        BindException.class,
                        () -> runtime.datagram(endpoint.localAddress(), DatagramOptions.DEFAULT));
        assertTrue(e.getMessage().contains("" + endpoint.localAddress()), e::toString);
    }

    @Test
    void unsuitableAddressIsRefused() {
        var options = DatagramOptions.DEFAULT;
        var path = UnixDomainSocketAddress.of("/tmp/packets");
        assertThrows(IllegalArgumentException.class, () -> runtime.datagram(path, options));
        assertThrows(IllegalArgumentException.class, () -> open(path));
        var name = InetSocketAddress.createUnresolved("localhost", 7);
        assertThrows(IllegalArgumentException.class, () -> runtime.datagram(name, options));
        assertThrows(IllegalArgumentException.class, () -> open(name));
        assertThrows(IllegalArgumentException.class, () -> runtime.datagram(65_536));
    }

    @Test
    void driverWithoutDatagramsIsNamed() {
        var memory = RuntimeOptions.DEFAULT.withDriver(Drivers.memory());
        try (var other = Runtime.open(memory)) {
            var e = assertThrows(UnsupportedOperationException.class, () -> other.datagram(0));
            assertTrue(e.getMessage().contains("MemoryDriver"), e::toString);
        }
    }

    @Test
    void closedRuntimeRefusesToOpen() {
        runtime.close();
        assertThrows(IllegalStateException.class, () -> runtime.datagram(0));
    }
}
