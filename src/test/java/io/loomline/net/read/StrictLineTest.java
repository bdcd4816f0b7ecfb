package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineFormat.Unterminated;
import io.loomline.stream.LineTooLongException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;

/** With the ending CRLF, a line that contains a lone CR or LF is rejected. */
class StrictLineTest {
    private static final LineFormat STRICT = LineFormat.DEFAULT.withEnding(Ending.CRLF);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 100})
    void linesEndWithCrLf(int chunkBytes) throws Exception {
        var connection = connectionReceiving("one\r\n\r\ntwo \u00e9\r\nlast", chunkBytes);
        assertEquals("one", connection.readLine());
        assertEquals("", connection.readLine());
        assertEquals("two \u00e9", connection.readLine());
        assertEquals("last", connection.readLine());
        assertNull(connection.readLine());
    }

    /** The bytes after the lone one, up to CRLF, are never taken for a line. */
    @ParameterizedTest
    @CsvSource({
        "'a\nb\r\ngood\r\n', 1, LF",
        "'a\rb\r\ngood\r\n', 1, CR",
        "'\n\r\ngood\r\n', 0, LF",
        "'\r\r\ngood\r\n', 0, CR",
        "'ab\r\r\ngood\r\n', 2, CR",
        "'a\n\n\n\rb\n\r\ngood\r\n', 1, LF"
    })
    void loneByteRejectsAllBytesUpToTheNextCrLf(String text, int at, String name) throws Exception {
        for (int chunkBytes = 1; chunkBytes <= text.length(); chunkBytes++) {
            var connection = connectionReceiving(text, chunkBytes);
            var e = assertThrows(ProtocolException.class, connection::readLine);
            assertTrue(e.getMessage().contains("byte " + at + " of a line"), e::toString);
            assertTrue(e.getMessage().contains("lone " + name), e::toString);
            assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
            assertEquals("good", connection.readLine());
            assertNull(connection.readLine());
        }
    }

    @Test
    void loneLineFeedIsRejectedWithoutWaiting() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE).lineFormat(STRICT);
        channel.feed("hello\n");
        assertThrows(ProtocolException.class, connection::readLine);
    }

    @Test
    void carriageReturnAtTheEndIsRejected() throws Exception {
        var connection = connectionReceiving("a\r", 10);
        assertThrows(ProtocolException.class, connection::readLine);
        assertNull(connection.readLine());
    }

    @Test
    void endInsideARejectedLineIsTheEnd() throws Exception {
        for (String rest : new String[] {"", "more", "more\r", "more\n"}) {
            var connection = connectionReceiving("a\nb" + rest, 3);
            assertThrows(ProtocolException.class, connection::readLine);
            assertNull(connection.readLine());
            assertNull(connection.readLine());
        }
    }

    @Test
    void rejectedLineIsSkippedByAllReads() throws Exception {
        var connection = connectionReceiving("a\nb\r\nraw", 4);
        assertThrows(ProtocolException.class, connection::readLine);
        assertEquals("raw", new String(connection.readExactly(3), StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 100})
    void lineOverTheLimitIsSkippedUpToCrLf(int chunkBytes) throws Exception {
        var connection = connectionReceiving("12345678\n9\rx\r\n1234567\r\n", chunkBytes);
        connection.lineFormat(STRICT.withMaxBytes(7));
        assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals("1234567", connection.readLine());
    }

    @Test
    void carriageReturnOfATerminatorDoesNotCountAgainstTheLimit() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        connection.lineFormat(STRICT.withMaxBytes(7));
        channel.feed("1234567\r");
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        channel.feed("\n");
        assertEquals("1234567", call.result());
        connection.abort();
    }

    @Test
    void unterminatedLastLineIsRejected() throws Exception {
        var connection = connectionReceiving("a\r\nhalf", 3);
        connection.lineFormat(STRICT.withUnterminated(Unterminated.REJECT));
        assertEquals("a", connection.readLine());
        assertThrows(IncompleteReadException.class, connection::readLine);
        assertNull(connection.readLine());
    }

    @Test
    void linesAreWrittenWithCrLf() throws Exception {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE).lineFormat(STRICT);
        connection.writeLine("a");
        assertEquals("a\r\n", String.join("", channel.writes()));
    }

    private static Connection connectionReceiving(String text, int chunkBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[][] chunks = FakeChannel.chunks(bytes, chunkBytes).toArray(byte[][]::new);
        return Connection.over(FakeChannel.bringing(chunks), SystemClock.INSTANCE)
                .lineFormat(STRICT);
    }
}
