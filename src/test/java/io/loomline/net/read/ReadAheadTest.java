package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The memory that reads hold and allocate. */
class ReadAheadTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, SystemClock.INSTANCE);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100, 20_000})
    void bufferBoundsWhatIsReadAhead(int bufferBytes) throws Exception {
        connection.limits(Limits.NONE.withBufferBytes(bufferBytes));
        byte[] all = random(3 * bufferBytes + 2_000);
        channel.feed(all);
        int at = 0;
        while (at < all.length) {
            assertEquals(all[at++], connection.read(1)[0]);
            int ahead = connection.inputStream().available();
            assertTrue(ahead <= bufferBytes, () -> ahead + " bytes ahead");
            at += (int) connection.skip(ahead);
        }
        connection.abort();
    }

    /** Their lengths are unknown, so the largest length must not increase the read-ahead. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 1000, 20_000})
    void bufferBoundsWhatIsReadAheadForLinesAndDelimiters(int bufferBytes) throws Exception {
        connection.limits(Limits.NONE.withBufferBytes(bufferBytes));
        String line = "x".repeat(bufferBytes / 3);
        channel.feed((line + "\n").repeat(40) + "y".repeat(50_000) + "\n");
        for (int i = 0; i < 20; i++) {
            assertEquals(line, connection.readLine());
            requireAhead(bufferBytes);
            assertEquals(line.length() + 1, connection.readUntil(new byte[] {'\n'}, 60_000).length);
            requireAhead(bufferBytes);
        }
        assertEquals(50_000, connection.readLine().length()); // longer than the buffer
        connection.abort();
    }

    private void requireAhead(int bufferBytes) throws Exception {
        int ahead = connection.inputStream().available();
        assertTrue(ahead <= Math.max(bufferBytes, 2), () -> ahead + " bytes ahead");
    }

    @Test
    void readMayExceedTheReadAheadBound() throws Exception {
        connection.limits(Limits.NONE.withBufferBytes(1));
        byte[] all = random(200_000);
        channel.feed(all);
        channel.ended();
        assertEquals(100_000, connection.peek(100_000).length);
        assertArrayEquals(all, connection.readExactly(all.length));
        connection.abort();
    }

    /**
     * Bytes read ahead by a cancelled call stay in the window, and must not increase the
     * read-ahead.
     */
    @Test
    void cancelledLargeReadDoesNotRaiseTheBound() throws Exception {
        connection.limits(Limits.NONE.withBufferBytes(1000));
        byte[] all = random(100_000);
        channel.feed(all);
        var call = Call.of(() -> connection.readExactly(1_000_000)).awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
        channel.feed(all);
        assertArrayEquals(all, connection.readExactly(all.length));
        assertEquals(all[0], connection.read(1)[0]);
        assertTrue(connection.inputStream().available() < 1000);
        connection.abort();
    }

    @Test
    void largeReadsReturnAllBytesInOrder() throws Exception {
        byte[] all = random(300_000);
        for (byte[] chunk : FakeChannel.chunks(all, 70_000)) channel.feed(chunk);
        channel.ended();
        var got = ByteBuffer.allocate(all.length);
        got.put(connection.readExactly(10)); // leaves bytes in the window
        while (got.hasRemaining()) {
            ByteBuffer target = ByteBuffer.allocateDirect(Math.min(50_000, got.remaining()));
            int count = connection.read(target);
            assertEquals(count, target.position());
            got.put(target.flip());
            assertEquals(got.position(), connection.bytesRead());
        }
        assertArrayEquals(all, got.array());
        assertEquals(-1, connection.read(ByteBuffer.allocate(50_000)));
        assertEquals(-1, connection.read(ByteBuffer.allocate(1)));
        connection.abort();
    }

    @Test
    void linesOfAnyLengthInABurstAreReadInOrder() throws Exception {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append(i).append("y".repeat(random.nextInt(2000))).append('\n');
        }
        byte[] all = text.toString().getBytes(StandardCharsets.US_ASCII);
        for (byte[] chunk : FakeChannel.chunks(all, 300_000)) channel.feed(chunk);
        channel.ended();
        for (String line : text.toString().lines().toList())
            assertEquals(line, connection.readLine());
        assertEquals(null, connection.readLine());
        connection.abort();
    }

    @Test
    void readLineAllocatesOnlyItsText() throws Exception {
        byte[] lines = ("x".repeat(64) + "\n").repeat(200).getBytes(StandardCharsets.US_ASCII);
        readLines(lines, 50); // to warm up
        long before = THREADS.getCurrentThreadAllocatedBytes();
        readLines(lines, 100);
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        long text = 24 + 16 + 64; // the string, and its array
        long each = allocated / (100 * 200);
        assertTrue(
                each <= text + 8,
                () -> each + " bytes for each line"); // allows for the allocations of the
        // feeding channel
    }

    private void readLines(byte[] lines, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            channel.feed(lines);
            for (int line = 0; line < 200; line++) connection.readLine();
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
