package io.loomline.datagram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
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
}
