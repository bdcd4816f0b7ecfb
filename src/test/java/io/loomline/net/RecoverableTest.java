package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MalformedTextException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.stream.Recoverable;
import io.loomline.stream.SkippedInput;
import io.loomline.testing.ConnectionPair;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;

/** After a recoverable exception, the next line is read and written; other exceptions differ. */
class RecoverableTest {
    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final int BUFFER_BYTES = 1024;

    private final ManualClock clock = new ManualClock();
    private final ConnectionPair pair = ConnectionPair.open(BUFFER_BYTES, clock);
    private final Connection connection = pair.first().limits(Limits.NONE);
    private final Connection peer = pair.second().limits(Limits.NONE);

    @AfterEach
    void close() {
        connection.abort();
        peer.abort();
    }

    private void assertRecoverable(Class<? extends IOException> type, Throwable thrown) {
        assertInstanceOf(type, thrown);
        assertInstanceOf(Recoverable.class, thrown);
        assertFalse(thrown instanceof SkippedInput, thrown::toString);
    }

    private void assertSkipped(Class<? extends IOException> type, Throwable thrown) {
        assertInstanceOf(type, thrown);
        assertInstanceOf(SkippedInput.class, thrown);
    }

    private void assertUsable() throws Exception {
        peer.writeLine("further");
        assertEquals("further", connection.readLine());
        assertAnswers();
    }

    private void assertAnswers() throws Exception {
        connection.writeLine("500 answer");
        assertEquals("500 answer", peer.readLine());
    }

    private Throwable failureOf(Call<?> call) {
        return call.failure(IOException.class);
    }

    private Throwable failureOfReadLine() {
        return assertThrows(IOException.class, connection::readLine);
    }

    @Test
    void lineThatIsTooLong() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withMaxBytes(3));
        peer.writeLine("four and more");
        assertSkipped(LineTooLongException.class, failureOfReadLine());
        connection.lineFormat(LineFormat.DEFAULT);
        assertUsable();
    }

    @Test
    void malformedLine() throws Exception {
        peer.write(new byte[] {(byte) 0xFF, '\n'});
        assertSkipped(MalformedTextException.class, failureOfReadLine());
        assertUsable();
    }

    @Test
    void loneLineFeedAndLoneReturn() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withEnding(Ending.CRLF));
        for (String line : new String[] {"a\nb\r\n", "a\rb\r\n"}) {
            peer.write(line + "further\r\n");
            assertSkipped(ProtocolException.class, failureOfReadLine());
            assertEquals("further", connection.readLine());
            assertAnswers();
        }
    }

    /** The loop that {@link SkippedInput} recommends. Returns the number of its answers. */
    private static int answerLinesOf(Connection from) throws IOException, InterruptedException {
        for (int refused = 0; ; ) {
            try {
                if (from.readLine() == null) return refused;
            } catch (IOException e) {
                if (!(e instanceof SkippedInput)) throw e;
                refused++;
            }
        }
    }

    @Test
    void loopThatSkipsEndsWithTheInput() throws Exception {
        var random = new Random(19);
        byte[] alphabet = {'\r', '\n', 'a', 'b', (byte) 0xC3, (byte) 0xFF};
        for (Ending ending : Ending.values()) {
            byte[] bytes = new byte[500];
            for (int i = 0; i < bytes.length; i++) bytes[i] = alphabet[random.nextInt(6)];
            try (var other = ConnectionPair.open(BUFFER_BYTES, clock)) {
                other.second().write(bytes);
                other.second().shutdownOutput();
                var format = LineFormat.DEFAULT.withMaxBytes(4).withEnding(ending);
                int refused = answerLinesOf(other.first().lineFormat(format));
                assertTrue(refused > 10 && refused < 500, "refused " + refused);
            }
        }
    }

    @Test
    void loopThatSkipsEndsWithATimeout() throws Exception {
        peer.write("begun");
        connection.limits(Limits.NONE.withIdleTimeout(LIMIT));
        var call = Call.of(() -> answerLinesOf(connection)).awaitIn("awaitReadable");
        clock.advance(LIMIT);
        assertRecoverable(SocketTimeoutException.class, failureOf(call));
    }

    @Test
    void loopThatSkipsEndsWithASpentBudget() throws Exception {
        peer.writeLine("longer than its budget");
        try (var _ = connection.budget(LIMIT, 8)) {
            var e = assertThrows(IOException.class, () -> answerLinesOf(connection));
            assertRecoverable(MessageTooLongException.class, e);
        }
        assertEquals("longer than its budget", connection.readLine());
        assertUsable();
    }

    @Test
    void overlongLengthOfAFrame() throws Exception {
        byte[] bytes = {-1, -1, -1, -1, -1, 7};
        peer.write(bytes);
        var varint = FrameFormat.DEFAULT.withLength(FrameFormat.Length.VARINT);
        var e = assertThrows(IOException.class, () -> connection.readFrame(varint));
        assertRecoverable(ProtocolException.class, e);
        assertArrayEquals(bytes, connection.readExactly(bytes.length));
        assertUsable();
    }

    @Test
    void messageThatIsTooLong() throws Exception {
        peer.writeFrame(FrameFormat.DEFAULT, new byte[9]);
        var small = FrameFormat.DEFAULT.withMaxBytes(8);
        var ofFrame = assertThrows(IOException.class, () -> connection.readFrame(small));
        assertRecoverable(MessageTooLongException.class, ofFrame);
        assertEquals(9, connection.readFrame(FrameFormat.DEFAULT).length);
        peer.writeLine("123");
        byte[] semicolon = {';'};
        var ofUntil = assertThrows(IOException.class, () -> connection.readUntil(semicolon, 3));
        assertRecoverable(MessageTooLongException.class, ofUntil);
        assertEquals("123", connection.readLine());
        assertUsable();
    }

    @Test
    void timeoutsOfReads() throws Exception {
        Limits[] each = {
            Limits.NONE.withLineTimeout(LIMIT), // first: it runs from the line's first byte
            Limits.NONE.withReadTimeout(LIMIT),
            Limits.NONE.withIdleTimeout(LIMIT)
        };
        peer.write("begun ");
        for (Limits limits : each) {
            connection.limits(limits);
            var call = Call.of(connection::readLine).awaitIn("awaitReadable");
            clock.advance(LIMIT);
            assertRecoverable(SocketTimeoutException.class, failureOf(call));
        }
        peer.writeLine("and ended");
        assertEquals("begun and ended", connection.readLine());
        assertUsable();
    }

    /** Fills the buffers on the way to the peer; returns the number of bytes in them. */
    private int fillOutput() throws Exception {
        connection.limits(Limits.NONE.withBufferBytes(BUFFER_BYTES).withWriteTimeout(LIMIT));
        connection.write(new byte[BUFFER_BYTES]);
        var filling = Call.running(() -> connection.write(new byte[BUFFER_BYTES]));
        filling.awaitIn("awaitWritable");
        clock.advance(LIMIT);
        assertTrue(filling.result(), "the bytes are taken");
        return 2 * BUFFER_BYTES;
    }

    private void takeFilled(int filled) throws Exception {
        int arrived = peer.read(filled).length;
        var rest = Call.of(() -> peer.readExactly(filled - arrived));
        connection.flush();
        assertEquals(filled, arrived + rest.result().length);
    }

    @Test
    void timeoutOfASmallWriteAndOfAFlush() throws Exception {
        int filled = fillOutput();
        for (int i = 0; i < 2; i++) {
            var e = assertThrows(IOException.class, () -> connection.writeLine("not taken"));
            assertRecoverable(SocketTimeoutException.class, e);
        }
        assertRecoverable(
                SocketTimeoutException.class, assertThrows(IOException.class, connection::flush));
        takeFilled(filled);
        assertUsable();
    }

    @Test
    void timeoutOfALargeWriteBeforeItsFirstByte() throws Exception {
        int filled = fillOutput();
        var e = assertThrows(IOException.class, () -> connection.write(new byte[4 * BUFFER_BYTES]));
        assertRecoverable(SocketTimeoutException.class, e);
        takeFilled(filled);
        assertUsable();
    }

    @Test
    void largeWriteThatIsCutInTheMiddleIsNot() throws Exception {
        connection.limits(Limits.NONE.withBufferBytes(BUFFER_BYTES).withWriteTimeout(LIMIT));
        var call = Call.running(() -> connection.write(new byte[4 * BUFFER_BYTES]));
        call.awaitIn("awaitWritable");
        clock.advance(LIMIT);
        var e = call.failure(SocketTimeoutException.class);
        assertFalse(e instanceof Recoverable, e::toString);
        assertTrue(e.getMessage().contains("writeTimeout PT8S"), e::toString);
        assertThrows(IOException.class, () -> connection.write("x"));
    }

    @Test
    void textThatCannotBeEncoded() throws Exception {
        connection.lineFormat(LineFormat.DEFAULT.withCharset(StandardCharsets.US_ASCII));
        var e = assertThrows(IOException.class, () -> connection.writeLine("na\u00EFve"));
        assertRecoverable(CharacterCodingException.class, e);
        assertEquals(
                "character 2 of the text is U+00EF, which US-ASCII cannot encode", e.getMessage());
        connection.lineFormat(LineFormat.DEFAULT);
        var lone = assertThrows(IOException.class, () -> connection.write("lone \uD800"));
        assertRecoverable(CharacterCodingException.class, lone);
        assertTrue(lone.getMessage().contains("character 5 of the text is U+D800"), lone::toString);
        assertUsable();
    }

    @Test
    void endInsideAMessageIsNot() throws Exception {
        peer.write("abc");
        peer.shutdownOutput();
        IOException e = assertThrows(IOException.class, () -> connection.readExactly(4));
        assertInstanceOf(IncompleteReadException.class, e);
        assertFalse(e instanceof Recoverable);
    }

    @Test
    void closeAndResetAreNot() throws Exception {
        peer.abort();
        assertFalse(failureOfReadLine() instanceof Recoverable);
        connection.close();
        assertFalse(failureOfReadLine() instanceof Recoverable);
    }
}
