package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.LineTooLongException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A line of more than 64 KiB is refused once, in bounded memory, and skipped. */
class LineLimitTest {
    private static final int LIMIT_BYTES = 64 * 1024;

    private static final String LONGEST = "x".repeat(LIMIT_BYTES);

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 16 * 1024, 1 << 20})
    void lineAtTheLimitIsReadWithAnyTerminator(int chunkBytes) throws Exception {
        var connection =
                connectionReceiving(LONGEST + "\n" + LONGEST + "\r\n" + LONGEST, chunkBytes);
        for (int i = 0; i < 3; i++) assertEquals(LONGEST, connection.readLine());
        assertNull(connection.readLine());
    }

    @ParameterizedTest
    @CsvSource({"1,LF", "1,CRLF", "1000,LF", "16384,CRLF", "1000000,LF", "1000000,CRLF"})
    void lineOverTheLimitIsRefusedOnceAndTheNextIsRead(int chunkBytes, String terminator)
            throws Exception {
        String newline = terminator.equals("LF") ? "\n" : "\r\n";
        var connection =
                connectionReceiving(LONGEST + "x" + newline + "good" + newline, chunkBytes);
        var e = assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals(LIMIT_BYTES, e.limitBytes());
        assertEquals("good", connection.readLine());
        assertNull(connection.readLine());
    }

    @Test
    void limitCountsBytesNotCharacters() throws Exception {
        String fits = "ä".repeat(LIMIT_BYTES / 2);
        var connection = connectionReceiving(fits + "\n" + fits + "x\ngood\n", 1 << 20);
        assertEquals(fits, connection.readLine());
        assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals("good", connection.readLine());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\r", "\rx", "xxxxxxxxx"})
    void unterminatedLineOverTheLimitIsRefusedOnceBeforeTheEnd(String more) throws Exception {
        var connection = connectionReceiving(LONGEST + more, 1000);
        assertThrows(LineTooLongException.class, connection::readLine);
        assertNull(connection.readLine());
        assertNull(connection.readLine());
    }

    @Test
    void everyLineOverTheLimitIsRefused() throws Exception {
        String tooLong = LONGEST.repeat(3) + "\n";
        var connection = connectionReceiving(tooLong + "a\n" + tooLong + tooLong + "b\n", 5000);
        assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals("a", connection.readLine());
        assertThrows(LineTooLongException.class, connection::readLine);
        assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals("b", connection.readLine());
    }

    @Test
    void readOfBytesStartsAfterTheSkippedLine() throws Exception {
        var connection = connectionReceiving(LONGEST.repeat(2) + "\nraw bytes", 3000);
        assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals("raw", text(connection.readExactly(3)));
        assertEquals(" bytes", connection.readLine());
    }

    @Test
    void cancelledSkipContinuesWithTheNextRead() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        channel.feed(LONGEST + "xx");
        assertThrows(LineTooLongException.class, connection::readLine);
        channel.feed("more of it");
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
        channel.feed("and the rest\ngood\n");
        assertEquals("good", connection.readLine());
    }

    @Test
    void memoryOfALineWithoutEndIsBounded() throws Exception {
        byte[] chunk = "y".repeat(16 * 1024).getBytes(StandardCharsets.US_ASCII);
        int[] chunks = {4096};
        var channel = new FakeChannel();
        channel.beforeRead(() -> {
            if (chunks[0]-- > 0) channel.feed(chunk);
            else channel.ended();
        });
        channel.feed(chunk);
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThrows(LineTooLongException.class, connection::readLine);
        assertNull(connection.readLine());
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 1 << 20, () -> allocated + " bytes for a line of 64 MiB");
    }

    @Test
    void readsOfBytesHaveNoLineLimit() throws Exception {
        byte[] bytes = new byte[5 * LIMIT_BYTES];
        Arrays.fill(bytes, (byte) 'z');
        var connection =
                Connection.over(
                        FakeChannel.bringing(
                                FakeChannel.chunks(bytes, 7000).toArray(byte[][]::new)),
                        SystemClock.INSTANCE);
        assertArrayEquals(bytes, connection.readExactly(bytes.length));
    }

    @Test
    void limitCountsBytesLeftByACancelledRead() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        channel.feed(LONGEST + "xx\nnext\n" + LONGEST);
        var call = Call.of(() -> connection.readExactly(3 * LIMIT_BYTES)).awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
        assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals("next", connection.readLine());
        channel.feed("\n");
        assertEquals(LONGEST, connection.readLine());
    }

    private static Connection connectionReceiving(String text, int chunkBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[][] chunks = FakeChannel.chunks(bytes, chunkBytes).toArray(byte[][]::new);
        return Connection.over(FakeChannel.bringing(chunks), SystemClock.INSTANCE);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
