package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.net.ReadBudget;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.SystemClock;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

/** A budget bounds the time and the bytes of several reads; what is beyond it is read later. */
class ReadBudgetTest {
    private static final Duration TIME = Duration.ofSeconds(10);
    private static final Duration STEP = Duration.ofSeconds(4);
    private static final long NO_BOUND = Long.MAX_VALUE;

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock).limits(Limits.NONE);

    @AfterEach
    void leavesNoTimerBehind() {
        connection.abort();
        assertEquals(0, clock.timers());
    }

    @Test
    void timeRunsFromTheOpeningThroughAllReads() throws Exception {
        try (var _ = connection.budget(TIME, NO_BOUND)) {
            clock.advance(STEP);
            var first = read();
            clock.advance(STEP);
            channel.feed("one\n");
            assertEquals("one", first.result());
            channel.feed("tw");
            var second = read();
            clock.advance(TIME.minus(STEP.multipliedBy(2)).minusNanos(1));
            assertFalse(second.isDone());
            clock.advance(Duration.ofNanos(1));
            var e = second.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("budget PT10S"), e::toString);
            assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
            channel.feed("o\n");
            requireTimedOut(connection::readLine); // also if it need not wait
            requireTimedOut(() -> connection.readExactly(1));
        }
        assertEquals("two", connection.readLine());
        var third = read();
        clock.advance(TIME.multipliedBy(100));
        assertFalse(third.isDone());
        channel.feed("three\n");
        assertEquals("three", third.result());
    }

    @Test
    void floodIsBoundByTimeToo() {
        var flooded = new FakeChannel();
        flooded.beforeRead(() -> clock.advance(STEP));
        flooded.beforeWait(() -> flooded.feed("x".repeat(100)));
        var from = Connection.over(flooded, clock).limits(Limits.NONE);
        try (var _ = from.budget(TIME, NO_BOUND)) {
            requireTimedOut(() -> from.readAll(1 << 20));
            assertEquals(0, from.bytesRead());
            requireTimedOut(() -> from.skipFully(1 << 20));
        }
        from.abort();
    }

    private static void requireTimedOut(Executable read) {
        assertThrows(SocketTimeoutException.class, read);
    }

    private Call<String> read() throws InterruptedException {
        return Call.of(connection::readLine).awaitIn("awaitReadable");
    }

    @Test
    void limitsHoldInsideABudget() throws Exception {
        connection.limits(Limits.NONE.withReadTimeout(STEP));
        try (var _ = connection.budget(TIME, NO_BOUND)) {
            var call = read();
            clock.advance(STEP);
            var e = call.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("readTimeout"), e::toString);
        }
    }

    @Test
    void readsTogetherConsumeAtMostTheBytes() throws Exception {
        channel.feed("one\ntwo\nlong line\nrest");
        try (var _ = connection.budget(TIME, 12)) {
            assertEquals("one", connection.readLine());
            assertEquals("two", connection.readLine());
            for (int i = 0; i < 2; i++) {
                var e = assertThrows(MessageTooLongException.class, connection::readLine);
                assertEquals(12, e.limitBytes());
                assertTrue(e.getMessage().contains("budget"), e::toString);
            }
            assertEquals(4, connection.inputStream().available());
            assertArrayEquals(bytes("long"), connection.peek(4));
            requireTooLong(() -> connection.peek(5));
            requireTooLong(() -> connection.readExactly(5));
            requireTooLong(() -> connection.readUntil(bytes("i")));
            requireTooLong(() -> connection.readAll(100));
            assertEquals(8, connection.bytesRead());
            assertArrayEquals(bytes("long"), connection.read(100)); // less than a read may take
            requireTooLong(() -> connection.read(1));
            requireTooLong(() -> connection.read(ByteBuffer.allocate(100_000)));
            requireTooLong(() -> connection.skip(1));
            requireTooLong(() -> connection.inputStream().read());
            assertEquals(0, connection.inputStream().available());
            assertEquals(12, connection.bytesRead());
        }
        assertEquals(" line", connection.readLine());
        assertArrayEquals(bytes("rest"), connection.readExactly(4));
    }

    private static void requireTooLong(Executable read) {
        assertThrows(MessageTooLongException.class, read);
    }

    @Test
    void transferTakesWhatIsLeft() throws Exception {
        channel.feed("abcdef");
        try (var _ = connection.budget(TIME, 4)) {
            requireTooLong(() -> connection.skipFully(5));
            assertEquals(4, connection.bytesRead());
        }
        assertArrayEquals(bytes("ef"), connection.read(9));
    }

    @Test
    void inputThatEndsWithTheBudgetEnds() throws Exception {
        channel.feed("one\n");
        channel.ended();
        try (var _ = connection.budget(TIME, 4)) {
            assertEquals("one", connection.readLine());
            assertNull(connection.readLine());
            assertThrows(IncompleteReadException.class, () -> connection.readExactly(1));
        }
    }

    @Test
    void lineThatTheFormatRejectsIsSkippedWithinTheBudget() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withMaxBytes(3));
        channel.feed("12345");
        try (var _ = connection.budget(TIME, 8)) {
            assertThrows(LineTooLongException.class, connection::readLine);
            channel.feed("678901\nok\n");
            requireTooLong(connection::readLine);
        }
        assertEquals("ok", connection.readLine());
    }

    @Test
    void frameBeyondTheBudgetIsReadAfterIt() throws Exception {
        byte[] frame = new byte[70_000];
        new Random(1).nextBytes(frame);
        var format = FrameFormat.DEFAULT.withHeaderBytes(2).withMaxBytes(1 << 20);
        for (long most : new long[] {0, 1, 2, 3, 5, 6, 7, 100, 17_000, 69_000, 70_003}) {
            channel.feed(format.encode(frame));
            channel.feed("next\n");
            try (var _ = connection.budget(TIME, most)) {
                requireTooLong(() -> connection.readFrame(format));
            }
            assertArrayEquals(frame, connection.readFrame(format));
            assertEquals("next", connection.readLine());
        }
        channel.feed(format.encode(frame));
        try (var _ = connection.budget(TIME, 70_004)) {
            assertArrayEquals(frame, connection.readFrame(format));
        }
    }

    @Test
    void restOfAnEarlierLineIsNotCounted() throws Exception {
        for (Ending ending : Ending.values()) {
            connection.lineFormat(LineFormat.DEFAULT.withMaxBytes(3).withEnding(ending));
            String[][] split = {{"12345678\r\nabcd"}, {"12345", "678\r\nabcd"}};
            for (String[] parts : split) {
                channel.feed(parts[0]);
                assertThrows(LineTooLongException.class, connection::readLine);
                try (var _ = connection.budget(TIME, 4)) {
                    if (parts.length > 1) channel.feed(parts[1]);
                    assertArrayEquals(bytes("abcd"), connection.readExactly(4));
                    channel.feed("e");
                    requireTooLong(() -> connection.read(1));
                }
                assertEquals('e', connection.inputStream().read());
            }
        }
    }

    @Test
    void timeHoldsForTheRestOfAnEarlierLine() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withMaxBytes(3));
        channel.feed("12345");
        assertThrows(LineTooLongException.class, connection::readLine);
        try (var _ = connection.budget(TIME, 4)) {
            var call = read();
            channel.feed("x".repeat(100));
            clock.advance(TIME);
            var e = call.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("budget PT10S"), e::toString);
        }
    }

    @Test
    void secondHalfOfAnEarlierLineIsNotCounted() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withEnding(Ending.ANY));
        for (String[] parts : new String[][] {{"a\r\n", ""}, {"a\r", "\n"}}) {
            channel.feed(parts[0]);
            assertEquals("a", connection.readLine());
            try (var _ = connection.budget(TIME, 4)) {
                channel.feed(parts[1] + "abcde");
                assertArrayEquals(bytes("abcd"), connection.readExactly(4));
                requireTooLong(() -> connection.read(1));
            }
            assertEquals('e', connection.inputStream().read());
        }
    }

    @Test
    void readOfAllThatIsLeftDoesNotWaitForMore() throws Exception {
        var frames = FrameFormat.DEFAULT.withLength(FrameFormat.Length.ONE_BYTE);
        try (var _ = connection.budget(TIME, 20)) {
            channel.feed("one\n");
            assertEquals("one", connection.readLine());
            channel.feed(frames.encode(bytes("two")));
            assertArrayEquals(bytes("two"), connection.readFrame(frames));
            channel.feed("abcd");
            assertArrayEquals(bytes("abcd"), connection.peek(4));
            assertArrayEquals(bytes("abcd"), connection.readUntil(bytes("d")));
            channel.feed("123");
            connection.skipFully(3);
            channel.feed("12345");
            assertArrayEquals(bytes("12345"), connection.readExactly(5));
            assertEquals(20, connection.bytesRead());
            assertEquals(0, connection.readExactly(0).length);
        }
    }

    @Test
    void secondHalfBeyondTheBudgetIsSkipped() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withEnding(Ending.ANY));
        for (String[] parts :
                new String[][] {{"a\r\nb\n"}, {"a\r", "\nb\n"}, {"a\r", "\n", "b\n"}}) {
            try (var _ = connection.budget(TIME, 2)) {
                channel.feed(parts[0]);
                assertEquals("a", connection.readLine());
                for (String part : Arrays.copyOfRange(parts, 1, parts.length)) channel.feed(part);
                requireTooLong(() -> connection.read(1));
            }
            assertArrayEquals(bytes("b\n"), connection.readExactly(2));
        }
    }

    @Test
    void longLineIsHeldInBoundedMemory() throws Exception {
        var chunks = new byte[2_000][1_000];
        for (byte[] chunk : chunks) Arrays.fill(chunk, (byte) 'x');
        var from =
                Connection.over(FakeChannel.bringing(chunks), SystemClock.INSTANCE)
                        .lineFormat(LineFormat.DEFAULT.withMaxBytes(1 << 30));
        try (var _ = from.budget(TIME, 10_000)) {
            requireTooLong(from::readLine);
        }
        assertEquals(2_000_000, from.readLine().length());
    }

    @Test
    void budgetsDoNotNestAndCloseOnce() throws Exception {
        ReadBudget first = connection.budget(TIME, 1);
        var e = assertThrows(IllegalStateException.class, () -> connection.budget(TIME, 1));
        assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
        first.close();
        try (var _ = connection.budget(Limits.NO_LIMIT, 1)) {
            first.close(); // does not end the second
            channel.feed("ab");
            assertEquals(1, connection.read(2).length);
            requireTooLong(() -> connection.read(2));
        }
        assertEquals(1, connection.read(2).length);
        assertThrows(
                IllegalArgumentException.class, () -> connection.budget(Duration.ZERO, NO_BOUND));
        assertThrows(IllegalArgumentException.class, () -> connection.budget(TIME, -1));
    }

    @Test
    void cancelledReadKeepsTheBudget() throws Exception {
        try (var _ = connection.budget(TIME, 5)) {
            channel.feed("half");
            var cut = read();
            cut.cancel();
            assertTrue(cut.wasCancelled());
            channel.feed("\n\n");
            assertEquals("half", connection.readLine());
            requireTooLong(connection::readLine);
        }
        assertEquals("", connection.readLine());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
