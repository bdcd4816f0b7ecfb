package io.loomline.datagram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.PacketChannel;
import io.loomline.driver.Readiness;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A send waits until the channel takes its packet. A cancelled send sends nothing. */
class DatagramSendTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final SocketAddress PEER =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);

    private final FullChannel channel = new FullChannel();
    private final DatagramEndpoint endpoint =
            DatagramEndpoint.over(channel, DatagramOptions.DEFAULT, SystemClock.INSTANCE);

    /** Takes no packet until the test allows it. */
    private static final class FullChannel implements PacketChannel {
        private final Readiness writable = new Readiness();
        private final List<Integer> sent = new CopyOnWriteArrayList<>();
        private volatile boolean hasRoom;
        private volatile boolean closed;

        private final Map<String, Object> set = new TreeMap<>();

        @Override
        public <T> void setOption(SocketOption<T> option, T value) {
            set.put(option.name(), value);
        }

        void hasRoomNow() {
            hasRoom = true;
            writable.signal();
        }

        @Override
        public SocketAddress tryReceive(ByteBuffer target) {
            throw new AssertionError("no test receives");
        }

        @Override
        public boolean trySend(ByteBuffer source, SocketAddress receiver) throws IOException {
            if (closed) throw new ClosedChannelException();
            if (!hasRoom) return false;
            sent.add(source.remaining());
            source.position(source.limit());
            return true;
        }

        @Override
        public void awaitReadable() {}

        @Override
        public void awaitWritable() throws InterruptedException {
            writable.arm();
            if (hasRoom || closed) writable.disarm();
            writable.park();
        }

        @Override
        public void close() {
            closed = true;
            writable.signal();
        }

        @Override
        public SocketAddress localAddress() {
            return PEER;
        }
    }

    private Call<Boolean> send(int length) {
        return Call.running(() -> endpoint.send(new byte[length], PEER));
    }

    @Test
    void sendWaitsUntilTheChannelTakesThePacket() throws Exception {
        var call = send(3).awaitIn("awaitWritable");
        assertFalse(call.isDone());
        channel.hasRoomNow();
        assertTrue(call.result());
        assertEquals(List.of(3), channel.sent);
    }

    @Test
    void cancelledSendSendsNothingAndTheNextOneContinues() throws Exception {
        var first = send(1).awaitIn("awaitWritable");
        var second = send(2).awaitIn("lockInterruptibly");
        var third = send(3).awaitIn("lockInterruptibly");
        second.cancel();
        assertTrue(second.wasCancelled());
        first.cancel();
        assertTrue(first.wasCancelled());
        third.awaitIn("awaitWritable");
        channel.hasRoomNow();
        assertTrue(third.result());
        assertEquals(List.of(3), channel.sent);
    }

    @Test
    void closeEndsEveryWaitingSend() throws Exception {
        var waiting = send(1).awaitIn("awaitWritable");
        var behind = send(2).awaitIn("lockInterruptibly");
        endpoint.close();
        waiting.failure(ConnectionClosedException.class);
        behind.failure(ConnectionClosedException.class);
    }

    private Map<String, Object> setBy(DatagramOptions options) throws IOException {
        channel.set.clear();
        options.setOn(channel);
        return channel.set;
    }

    @Test
    void onlyOptionsThatDifferFromTheDefaultAreSet() throws Exception {
        assertEquals(Map.of(), setBy(DatagramOptions.DEFAULT));
        NetworkInterface loopback =
                NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        var multicast =
                MulticastOptions.DEFAULT
                        .withInterface(loopback)
                        .withTimeToLive(255)
                        .withLoopback(false);
        assertEquals(
                Map.of(
                        "SO_BROADCAST",
                        true,
                        "IP_MULTICAST_IF",
                        loopback,
                        "IP_MULTICAST_TTL",
                        255,
                        "IP_MULTICAST_LOOP",
                        false),
                setBy(DatagramOptions.DEFAULT.withBroadcast(true).withMulticast(multicast)));
        for (int wrong : new int[] {-1, 256}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class, () -> multicast.withTimeToLive(wrong));
            assertEquals("timeToLive " + wrong + ": expected 0 to 255", e.getMessage());
        }
    }

    @Test
    void channelWithoutMulticastSaysSo() throws Exception {
        NetworkInterface loopback =
                NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        InetAddress group = InetAddress.ofLiteral("239.1.2.3");
        assertThrows(UnsupportedOperationException.class, () -> endpoint.join(group, loopback));
        assertThrows(UnsupportedOperationException.class, () -> endpoint.leave(group, loopback));
    }
}
