package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineTooLongException;
import io.loomline.task.SystemClock;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A line of any ending ends at once, and no read returns the second half of its terminator. */
class AnyEndingTest {
    private static final LineFormat ANY =
            LineFormat.DEFAULT.withEnding(Ending.ANY).withMaxBytes(10);

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection =
            Connection.over(channel, clock).lineFormat(ANY).limits(Limits.NONE);

    @AfterEach
    void leavesNoTimerBehind() {
        connection.abort();
        assertEquals(0, clock.timers());
    }

    /** A read of the three bytes after a line. */
    enum Next {
        LINE,
        BYTES,
        LARGE_BUFFER,
        SOME,
        EXACTLY,
        UNTIL,
        PEEK,
        SKIP,
        FRAME,
        STREAM,
        STREAM_BYTES,
        FILE;

        /** The bytes on the wire, which give "xyz". */
        private String sent() {
            return switch (this) {
                case LINE -> "xyz\n";
                case FRAME -> "\3xyz";
                default -> "xyz";
            };
        }

        private String read(Connection from) throws IOException, InterruptedException {
            return switch (this) {
                case LINE -> from.readLine();
                case EXACTLY -> text(from.readExactly(3));
                case UNTIL -> text(from.readUntil(new byte[] {'z'}, 9));
                case PEEK -> text(from.peek(3));
                case FRAME -> text(from.readFrame(FrameFormat.DEFAULT.withLength(Length.ONE_BYTE)));
                case STREAM -> text(from.inputStream().readNBytes(3));
                case STREAM_BYTES -> "" + oneByte(from) + oneByte(from) + oneByte(from);
                case FILE -> throughFile(from);
                case BYTES -> all(() -> array(from, 3));
                case LARGE_BUFFER -> all(() -> array(from, 100_000));
                case SOME -> all(() -> text(from.read(9)));
                case SKIP -> "xy" + (from.skip(1) + from.skip(1) == 2 ? text(from.read(1)) : "");
            };
        }

        private static char oneByte(Connection from) throws IOException {
            return (char) from.inputStream().read();
        }

        private static String array(Connection from, int length)
                throws IOException, InterruptedException {
            var target = ByteBuffer.allocate(length);
            var _ = from.read(target);
            return text(Arrays.copyOf(target.array(), target.position()));
        }

        private interface Reading {
            String read() throws IOException, InterruptedException;
        }

        private static String all(Reading reading) throws IOException, InterruptedException {
            var all = new StringBuilder();
            while (all.length() < 3) all.append(reading.read());
            return all.toString();
        }

        private static String throughFile(Connection from)
                throws IOException, InterruptedException {
            Path path = Files.createTempFile("any", ".txt");
            try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                from.transferTo(file, 0, 3);
                return Files.readString(path, ISO_8859_1);
            } finally {
                Files.delete(path);
            }
        }

        private static String text(byte[] bytes) {
            return new String(bytes, ISO_8859_1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noReadReturnsTheSecondHalf(Next next) throws Exception {
        for (String end : new String[] {"\r", "\n", "\r\n", "\n\r"}) {
            byte[] bytes = ("12345678901" + end + "a" + end + next.sent()).getBytes(ISO_8859_1);
            for (int chunkBytes = 1; chunkBytes <= bytes.length; chunkBytes++) {
                byte[][] chunks = FakeChannel.chunks(bytes, chunkBytes).toArray(byte[][]::new);
                for (int bufferBytes : new int[] {1, 100}) {
                    var from =
                            Connection.over(FakeChannel.bringing(chunks), SystemClock.INSTANCE)
                                    .limits(Limits.NONE.withBufferBytes(bufferBytes))
                                    .lineFormat(ANY);
                    assertThrows(LineTooLongException.class, from::readLine);
                    assertEquals("a", from.readLine());
                    assertEquals("xyz", next.read(from), () -> "after " + end.length());
                }
            }
        }
    }

    @Test
    void linesDoNotDependOnTheSplit() throws Exception {
        String text = "a\r\nb\n\rc\rd\n\n\r\r\r\n\ne\n";
        var expected = List.of("a", "b", "c", "d", "", "", "", "", "e");
        for (int bits = 0; bits < 1 << (text.length() - 1); bits += 37) {
            var channel = FakeChannel.bringing(split(text, bits));
            var from = Connection.over(channel, SystemClock.INSTANCE).lineFormat(ANY);
            List<String> lines = new ArrayList<>();
            for (String line : from.lines()) lines.add(line);
            assertEquals(expected, lines);
        }
    }

    /** Splits before each character whose bit is set. */
    private static byte[][] split(String text, int bits) {
        List<byte[]> parts = new ArrayList<>();
        int start = 0;
        for (int at = 1; at <= text.length(); at++) {
            if (at < text.length() && (bits >> (at - 1) & 1) == 0) continue;
            parts.add(text.substring(start, at).getBytes(ISO_8859_1));
            start = at;
        }
        return parts.toArray(byte[][]::new);
    }

    @Test
    void lineEndsAtOnceAndItsSecondHalfIsNotAnEmptyLine() throws Exception {
        channel.feed("a\r");
        assertEquals("a", connection.readLine()); // nothing else comes before the answer
        channel.feed("\n");
        channel.feed("b\n");
        assertEquals("b", connection.readLine());
        channel.feed("c\n");
        assertEquals("c", connection.readLine());
        channel.feed("\r");
        channel.ended();
        assertNull(connection.readLine());
    }

    @Test
    void secondHalfIsSkippedAfterACancelAndATimeout() throws Exception {
        channel.feed("a\r");
        assertEquals("a", connection.readLine());
        var cut = Call.of(connection::readLine).awaitIn("awaitReadable");
        cut.cancel();
        assertTrue(cut.wasCancelled());
        connection.limits(Limits.NONE.withReadTimeout(Duration.ofSeconds(9)));
        var late = Call.of(() -> connection.read(100)).awaitIn("awaitReadable");
        clock.advance(Duration.ofSeconds(8));
        channel.beforeWait(() -> clock.advance(Duration.ofSeconds(1)));
        channel.feed("\n"); // it is no byte for the reader, so the time goes on
        late.failure(SocketTimeoutException.class);
        channel.beforeWait(() -> {});
        channel.feed("\nb\r");
        assertEquals("", connection.readLine());
        assertEquals("b", connection.readLine());
    }

    @Test
    void availableDoesNotCountTheSecondHalf() throws Exception {
        channel.feed("a\r");
        assertEquals("a", connection.readLine());
        channel.feed("\n");
        assertEquals(0, connection.inputStream().available());
        channel.feed("\nb");
        assertEquals(2, connection.inputStream().available());
        assertArrayEquals(new byte[] {'\n', 'b'}, connection.read(9));
    }
}
