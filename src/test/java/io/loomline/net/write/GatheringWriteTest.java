package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.net.Connection;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Several buffers form one write, which arrives in order and is counted. */
@ParameterizedClass
@EnumSource(Medium.class)
class GatheringWriteTest extends LinkFixture {
    private static final int BUFFER_BYTES = 64 * 1024;

    @Test
    void buffersArriveInTheirOrder() throws Exception {
        assertArrives(bytes(10), bytes(0), bytes(300), bytes(1));
    }

    @Test
    void buffersLargerThanTheConnectionsArriveInTheirOrder() throws Exception {
        if (medium == Medium.ONE_BYTE) return; // would take too long
        assertArrives(bytes(10), bytes(200_000), bytes(0), bytes(70_000), bytes(3));
        assertArrives(bytes(1 << 20), bytes(1 << 20));
    }

    @Test
    void directAndReadOnlyBuffersArrive() throws Exception {
        byte[] some = bytes(100);
        assertArrives(
                ByteBuffer.allocateDirect(100).put(some).flip(),
                ByteBuffer.wrap(some).asReadOnlyBuffer(),
                ByteBuffer.wrap(some, 20, 30).slice());
    }

    private void assertArrives(byte[]... pieces) throws Exception {
        assertArrives(Arrays.stream(pieces).map(ByteBuffer::wrap).toArray(ByteBuffer[]::new));
    }

    private void assertArrives(ByteBuffer... buffers) throws Exception {
        ByteBuffer expected = ByteBuffer.allocate((int) GuardedChannel.remaining(buffers));
        for (ByteBuffer buffer : buffers) expected.put(buffer.duplicate());
        long before = link.here().bytesWritten();
        var writer = Call.running(() -> link.here().write(buffers));
        assertArrayEquals(expected.array(), link.there().readExactly(expected.capacity()));
        writer.result();
        assertEquals(expected.capacity(), link.here().bytesWritten() - before);
        for (ByteBuffer buffer : buffers) assertEquals(0, buffer.remaining());
    }

    @Test
    void bufferThatOccursTwiceIsRefused() throws Exception {
        ByteBuffer newline = ByteBuffer.wrap(new byte[] {'\n'});
        for (int others : new int[] {1, 30}) {
            ByteBuffer[] buffers = new ByteBuffer[others + 2];
            Arrays.setAll(buffers, _ -> ByteBuffer.wrap(bytes(1)));
            buffers[0] = newline;
            buffers[others + 1] = newline;
            var e = assertThrows(IllegalArgumentException.class, () -> link.here().write(buffers));
            assertEquals(
                    "buffers 0 and %d are the same one: expected a duplicate() for the second"
                            .formatted(others + 1),
                    e.getMessage());
        }
        assertEquals(0, link.here().bytesWritten());
        assertArrives(newline, ByteBuffer.wrap(bytes(1)), newline.duplicate());
    }

    @Test
    void writeWithoutBuffersSendsNothing() throws Exception {
        link.here().write();
        link.here().write(new ByteBuffer[] {ByteBuffer.allocate(0)});
        assertEquals(0, link.here().bytesWritten());
        link.here().close();
        assertThrows(ConnectionClosedException.class, () -> link.here().write());
    }

    @Test
    void cancelledSmallWriteConsumesNothing() throws Exception {
        ByteBuffer[] buffers;
        do {
            buffers = new ByteBuffer[] {ByteBuffer.allocate(40_000), ByteBuffer.allocate(20_000)};
        } while (!isCut(buffers));
        assertEquals(40_000, buffers[0].remaining());
        assertEquals(20_000, buffers[1].remaining());
    }

    @Test
    void cancelledLargeWriteConsumesTheSentBytesAndBreaksTheOutput() throws Exception {
        ByteBuffer[] buffers = {
            ByteBuffer.allocate(BUFFER_BYTES), ByteBuffer.allocate(medium.cloggingBytes())
        };
        if (medium == Medium.LOCK_STEP) {
            var peer = Call.of(() -> link.there().readExactly(1));
            startAndCut(buffers);
            peer.result();
        } else {
            startAndCut(buffers);
        }
        long sent = BUFFER_BYTES + medium.cloggingBytes() - GuardedChannel.remaining(buffers);
        assertTrue(sent > 0);
        assertEquals(sent, link.here().bytesWritten());
        assertThrows(IOException.class, () -> link.here().write("more"));
    }

    private void startAndCut(ByteBuffer... buffers) throws Exception {
        var writer = Call.running(() -> link.here().write(buffers)).awaitIn("awaitWritable");
        if (medium == Medium.LOCK_STEP) {
            Eventually.holds(() -> buffers[0].position() > 0);
            writer.awaitIn("awaitWritable");
        }
        writer.cancel();
        assertTrue(writer.wasCancelled());
    }

    private boolean isCut(ByteBuffer... buffers) throws Exception {
        return Call.running(() -> link.here().write(buffers)).cutIn("write");
    }

    @Test
    void buffersOfEachConcurrentWriteStayTogether() throws Exception {
        List<Call<Boolean>> writers = new ArrayList<>();
        int most = medium == Medium.ONE_BYTE ? 100 : 50_000;
        for (int i = 0; i < 4; i++) {
            byte letter = (byte) ('a' + i);
            writers.add(Call.running(() -> writePieces(letter, most)));
        }
        for (int i = 0; i < 4 * 20; i++) {
            ByteBuffer header = ByteBuffer.wrap(link.there().readExactly(5));
            byte letter = header.get();
            byte[] rest = link.there().readExactly(header.getInt());
            for (byte each : rest) assertEquals(letter, each);
        }
        for (var writer : writers) writer.result();
    }

    private void writePieces(byte letter, int mostBytes) throws Exception {
        var random = new Random(letter);
        for (int i = 0; i < 20; i++) {
            byte[] first = new byte[random.nextInt(mostBytes)];
            byte[] second = new byte[random.nextInt(mostBytes)];
            Arrays.fill(first, letter);
            Arrays.fill(second, letter);
            ByteBuffer header = ByteBuffer.allocate(5).put(letter);
            header.putInt(first.length + second.length).flip();
            link.here().write(header, ByteBuffer.wrap(first), ByteBuffer.wrap(second));
        }
    }

    @Test
    void smallBuffersLeaveTogetherAfterBufferedBytes() throws Exception {
        var channel = FakeChannel.bringing("one\ntwo\n".getBytes(UTF_8));
        try (var connection = Connection.over(channel, new ManualClock())) {
            connection.readLine();
            connection.write("first, ");
            connection.write(
                    ByteBuffer.wrap("second, ".getBytes(UTF_8)),
                    ByteBuffer.wrap("third".getBytes(UTF_8)));
            connection.flush();
            assertEquals(List.of("first, second, third"), channel.writes());
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
