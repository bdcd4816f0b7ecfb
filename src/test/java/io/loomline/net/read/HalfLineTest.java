package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.net.write.AutoFlusher;
import io.loomline.net.write.Output;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Unterminated;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory of an incomplete line or frame is about the number of its bytes. */
class HalfLineTest {
    private final FakeChannel channel = new FakeChannel();
    private final ReadBuffer window = new ReadBuffer();
    private final Input input;

    HalfLineTest() {
        var wire =
                new GuardedChannel(
                        channel, new TimeoutSweeper(SystemClock.INSTANCE), Limits.DEFAULT);
        input =
                new Input(
                        wire,
                        window,
                        new Output(wire, window, new AutoFlusher(SystemClock.INSTANCE)));
    }

    private void requireHeld(int bytes) {
        int most = 2 * bytes + 1024;
        int held = window.heldBytes();
        assertTrue(held <= most, () -> held + " held for " + bytes + ", at most " + most);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 5_000, 17_000, 40_000, 60_000})
    void halfALineHoldsAboutItsSize(int bytes) throws Exception {
        String half = "x".repeat(bytes);
        var reader = Call.of(() -> new LineReader(input).read(LineFormat.DEFAULT));
        channel.feed(half);
        awaitTaken(reader, bytes);
        requireHeld(bytes);
        channel.feed("y");
        awaitTaken(reader, bytes + 1);
        requireHeld(bytes + 1);
        channel.feed("\nnext\n");
        assertEquals(half + "y", reader.result());
        assertEquals("next", new LineReader(input).read(LineFormat.DEFAULT));
        assertEquals(0, window.heldBytes());
    }

    /** A reader that waits for something else than input calls this. */
    @Test
    void unreadBytesHoldAboutTheirSizeOnceTrimmed() throws Exception {
        channel.feed("line\nhalf");
        assertEquals("line", new LineReader(input).read(LineFormat.DEFAULT));
        new ByteReader(input).trim();
        requireHeld(4);
        channel.feed(" a line\n");
        assertEquals("half a line", new LineReader(input).read(LineFormat.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 17_000, 90_000})
    void halfAFrameHoldsAboutItsSize(int bytes) throws Exception {
        var reader = Call.of(() -> new ByteReader(input).readExactly(100_000).length);
        channel.feed(new byte[bytes]);
        awaitTaken(reader, bytes);
        requireHeld(bytes);
        channel.feed(new byte[100_000 - bytes]);
        assertEquals(100_000, reader.result());
    }

    /**
     * Each byte that a peer sends costs about one byte, regardless of the number of connections.
     */
    @Test
    void lineThatArrivesByteByByteIsReadWhole() throws Exception {
        var format = LineFormat.DEFAULT.withUnterminated(Unterminated.REJECT);
        var reader = Call.of(() -> new LineReader(input).read(format));
        String line = "a line that is sent slowly";
        for (int i = 0; i < line.length(); i++) {
            channel.feed(line.substring(i, i + 1));
            awaitTaken(reader, i + 1);
            requireHeld(i + 1);
        }
        channel.feed("\n");
        assertEquals(line, reader.result());
    }

    private void awaitTaken(Call<?> reader, int bytes) throws InterruptedException {
        while (window.length() < bytes) reader.awaitIn("awaitReadable");
        reader.awaitIn("awaitReadable");
    }
}
