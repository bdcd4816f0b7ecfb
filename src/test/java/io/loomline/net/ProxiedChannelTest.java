package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Channel;
import io.loomline.driver.memory.MemoryPair;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyHeaderException;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A connection that begins with a PROXY header, however its bytes arrive. */
class ProxiedChannelTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MAX_BYTES = 4096;
    private static final SocketAddress CLIENT = inet("203.0.113.5", 4711);
    private static final SocketAddress SERVICE = inet("198.51.100.1", 443);
    private static final byte[] DATA = {0, 13, 10, 'x'};

    private static final List<ProxyHeader> HEADERS =
            List.of(
                    ProxyHeader.v1(CLIENT, SERVICE),
                    ProxyHeader.v2(CLIENT, SERVICE),
                    ProxyHeader.v2(CLIENT, SERVICE).withTlv(0xE0, new byte[50]).withChecksum());

    private final Connections factory = new Connections(SystemClock.INSTANCE);

    @AfterEach
    void close() {
        factory.close();
    }

    private static InetSocketAddress inet(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private static byte[] withData(ProxyHeader header) {
        byte[] bytes = header.encode();
        return ByteBuffer.allocate(bytes.length + DATA.length).put(bytes).put(DATA).array();
    }

    private Connection over(Channel channel) {
        return factory.behindProxy(channel, Limits.DEFAULT);
    }

    private static void assertProxied(Connection connection) throws Exception {
        assertEquals(CLIENT, connection.remoteAddress());
        assertEquals(SERVICE, connection.localAddress());
        assertEquals(0, connection.bytesRead());
        assertArrayEquals(DATA, connection.readExactly(DATA.length));
        assertEquals(DATA.length, connection.bytesRead());
    }

    @ParameterizedTest
    @FieldSource("HEADERS")
    void noByteIsLostWhereverTheStreamIsSplit(ProxyHeader header) throws Exception {
        byte[] bytes = withData(header);
        for (int split = 0; split <= bytes.length; split++) {
            byte[] first = Arrays.copyOf(bytes, split);
            byte[] second = Arrays.copyOfRange(bytes, split, bytes.length);
            try (var connection = over(FakeChannel.bringing(first, second))) {
                Connections.readProxyHeader(connection, MAX_BYTES);
                assertProxied(connection);
                assertEquals(0, connection.read(1).length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 1000})
    void noByteIsLostInABufferOfAnySize(int bufferBytes) throws Exception {
        for (ProxyHeader header : HEADERS) {
            var proxy = LoopbackAddress.of(1);
            var pair = MemoryPair.open(bufferBytes, proxy, LoopbackAddress.of(2));
            try (var sender = factory.over(pair.first(), Limits.NONE);
                    var connection = over(pair.second())) {
                Call<Boolean> sending = Call.running(() -> sender.write(withData(header)));
                Connections.readProxyHeader(connection, MAX_BYTES);
                assertProxied(connection);
                assertEquals(
                        Optional.of(proxy),
                        connection.proxyHeader().flatMap(ProxyHeader::proxyAddress));
                assertTrue(sending.result());
                Call<Boolean> answering = Call.running(() -> connection.write(DATA));
                assertArrayEquals(DATA, sender.readExactly(DATA.length));
                assertTrue(answering.result());
            }
        }
    }

    @Test
    void addressesAreItsOwnUntilTheHeaderIsRead() throws Exception {
        var channel = new FakeChannel();
        try (var connection = over(channel)) {
            channel.feed("PROXY TCP4 203.0.113.5");
            Call<Boolean> reading =
                    Call.running(() -> Connections.readProxyHeader(connection, MAX_BYTES));
            reading.awaitIn("awaitReadable");
            assertEquals(channel.remoteAddress(), connection.remoteAddress());
            assertEquals(channel.localAddress(), connection.localAddress());
            assertEquals(Optional.empty(), connection.proxyHeader());
            channel.feed(" 198.51.100.1 4711 443\r\n");
            assertTrue(reading.result());
            assertEquals(CLIENT, connection.remoteAddress());
            assertEquals(SERVICE, connection.localAddress());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2\r\n"})
    void addressesStayItsOwnIfTheHeaderHasNone(String line) throws Exception {
        assertKeepsItsAddresses(line.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void addressesOfALocalConnectionStayItsOwn() throws Exception {
        assertKeepsItsAddresses(ProxyHeader.local().encode());
    }

    private void assertKeepsItsAddresses(byte[] header) throws Exception {
        var channel = FakeChannel.bringing(header);
        try (var connection = over(channel)) {
            Connections.readProxyHeader(connection, MAX_BYTES);
            assertEquals(channel.remoteAddress(), connection.remoteAddress());
            assertEquals(channel.localAddress(), connection.localAddress());
            assertTrue(connection.proxyHeader().isPresent());
        }
    }

    @ParameterizedTest
    @FieldSource("HEADERS")
    void endWithinTheHeaderIsAnError(ProxyHeader header) throws Exception {
        byte[] bytes = header.encode();
        for (int length = 1; length < bytes.length; length++) {
            try (var connection = over(FakeChannel.bringing(Arrays.copyOf(bytes, length)))) {
                var e =
                        assertThrows(
                                ProxyHeaderException.class,
                                () -> Connections.readProxyHeader(connection, MAX_BYTES));
                assertTrue(e.getMessage().contains("after " + length + " bytes"), e::toString);
                assertEquals(Optional.empty(), connection.proxyHeader());
            }
        }
    }

    @Test
    void endBeforeTheHeaderIsAnotherError() throws Exception {
        try (var connection = over(FakeChannel.bringing())) {
            assertThrows(
                    EOFException.class, () -> Connections.readProxyHeader(connection, MAX_BYTES));
        }
    }

    @Test
    void errorsNameTheClient() throws Exception {
        var channel = FakeChannel.bringing(HEADERS.getFirst().encode());
        try (var connection = over(channel)) {
            Connections.readProxyHeader(connection, MAX_BYTES);
            channel.breakOutput();
            var e = assertThrows(java.io.IOException.class, () -> connection.write(DATA));
            assertTrue(e.getMessage().contains("" + CLIENT), e::toString);
            assertEquals("connection " + SERVICE + " - " + CLIENT, connection.toString());
        }
    }

    @Test
    void closeEndsTheWaitForTheHeader() throws Exception {
        var connection = over(new FakeChannel());
        Call<Boolean> reading =
                Call.running(() -> Connections.readProxyHeader(connection, MAX_BYTES));
        reading.awaitIn("awaitReadable");
        connection.close();
        reading.failure(ConnectionClosedException.class);
    }

    @Test
    void cancelEndsTheWaitForTheHeader() throws Exception {
        try (var connection = over(new FakeChannel())) {
            Call<Boolean> reading =
                    Call.running(() -> Connections.readProxyHeader(connection, MAX_BYTES));
            assertTrue(reading.cutIn("awaitReadable"));
        }
    }

    @Test
    void otherConnectionsHaveNoHeader() throws Exception {
        try (var connection = factory.over(new FakeChannel(), Limits.DEFAULT)) {
            assertEquals(Optional.empty(), connection.proxyHeader());
            assertThrows(
                    IllegalStateException.class,
                    () -> Connections.readProxyHeader(connection, MAX_BYTES));
        }
    }
}
