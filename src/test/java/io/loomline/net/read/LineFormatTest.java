package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.net.Connection;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineFormat.Malformed;
import io.loomline.stream.LineFormat.Unterminated;
import io.loomline.stream.LineTooLongException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The charset, the limit and the treatment of the last line follow the format. */
class LineFormatTest {
    private static final LineFormat DEFAULT = LineFormat.DEFAULT;

    @Test
    void eachCopyDiffersInOneComponent() {
        assertEquals(
                new LineFormat(
                        Ending.CRLF,
                        StandardCharsets.ISO_8859_1,
                        7,
                        Unterminated.REJECT,
                        Malformed.LATIN_1),
                DEFAULT.withEnding(Ending.CRLF)
                        .withCharset(StandardCharsets.ISO_8859_1)
                        .withMaxBytes(7)
                        .withUnterminated(Unterminated.REJECT)
                        .withMalformed(Malformed.LATIN_1));
        assertEquals(64 * 1024, DEFAULT.maxBytes());
        assertEquals(StandardCharsets.UTF_8, DEFAULT.charset());
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-32", "IBM1047", "ISO-2022-CN"})
    void charsetWithoutAsciiLineFeedIsRefused(String name) {
        var charset = Charset.forName(name);
        var e = assertThrows(IllegalArgumentException.class, () -> DEFAULT.withCharset(charset));
        assertTrue(e.getMessage().contains("charset " + name + ": expected"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MAX_VALUE})
    void maxBytesOutOfRangeIsRefused(int maxBytes) {
        var e = assertThrows(IllegalArgumentException.class, () -> DEFAULT.withMaxBytes(maxBytes));
        assertTrue(e.getMessage().contains("maxBytes " + maxBytes + ": expected 1 to"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTF-8",
                "ISO-8859-1",
                "US-ASCII",
                "windows-1252",
                "Shift_JIS",
                "GBK",
                "Big5",
                "EUC-KR",
                "GB18030",
                "KOI8-R",
                "ISO-2022-JP"
            })
    void textIsReadAsWrittenInAnyCharset(String name) throws Exception {
        var charset = Charset.forName(name);
        for (String text : List.of("plain", "\u00e9", "\u042f", "\u8a9e\u65e5", "\uac00")) {
            if (!charset.newEncoder().canEncode(text)) continue;
            var connection = connectionReceiving((text + "\r\nnext\n").getBytes(charset));
            connection.lineFormat(DEFAULT.withCharset(charset));
            assertEquals(text, connection.readLine(), name);
            assertEquals("next", connection.readLine());
        }
    }

    @Test
    void malformedLineIsRefusedAndTheNextIsRead() throws Exception {
        var ascii = connectionReceiving(new byte[] {'a', (byte) 0xE9, '\n', 'b', '\n'});
        ascii.lineFormat(DEFAULT.withCharset(StandardCharsets.US_ASCII));
        var e = assertThrows(CharacterCodingException.class, ascii::readLine);
        assertTrue(e.getMessage().contains("byte 1 of a line"), e::toString);
        assertTrue(e.getMessage().contains("US-ASCII"), e::toString);
        assertEquals("b", ascii.readLine());
        var japanese = connectionReceiving(new byte[] {(byte) 0x81, '\n', 'b', '\n'});
        japanese.lineFormat(DEFAULT.withCharset(Charset.forName("Shift_JIS")));
        assertThrows(CharacterCodingException.class, japanese::readLine);
        assertEquals("b", japanese.readLine());
    }

    @ParameterizedTest
    @EnumSource(
            names = {"REPLACE", "LATIN_1"},
            value = Malformed.class)
    void malformedLineIsDecodedAsTheFormatSays(Malformed malformed) throws Exception {
        byte[] bytes = "a\u00c3\u00a9 \u00ff\nb \u00c3\u00a9\r\n\u00ff".getBytes(ISO_8859_1);
        var connection = connectionReceiving(bytes).lineFormat(DEFAULT.withMalformed(malformed));
        boolean replace = malformed == Malformed.REPLACE;
        assertEquals(replace ? "a\u00e9 \uFFFD" : "a\u00c3\u00a9 \u00ff", connection.readLine());
        assertEquals("b \u00e9", connection.readLine()); // a well-formed line is UTF-8
        assertEquals(replace ? "\uFFFD" : "\u00ff", connection.readLine());
        assertNull(connection.readLine());
    }

    @ParameterizedTest
    @EnumSource
    void linesAreWrittenWithTheFirstNamedEnding(Ending ending) throws Exception {
        var channel = new FakeChannel();
        var connection =
                Connection.over(channel, SystemClock.INSTANCE)
                        .lineFormat(DEFAULT.withEnding(ending));
        connection.writeLine("a");
        assertEquals(
                ending == Ending.LF_OR_CRLF ? "a\n" : "a\r\n", String.join("", channel.writes()));
    }

    @Test
    void requiredLineFailsAtTheEndOfTheInput() throws Exception {
        var connection = connectionReceiving("one\nlast");
        assertEquals("one", connection.requireLine());
        assertEquals("last", connection.requireLine());
        for (int i = 0; i < 2; i++) {
            var e = assertThrows(IncompleteReadException.class, connection::requireLine);
            assertEquals(0, e.received().length);
            assertTrue(e.getMessage().contains("expected a line"), e::toString);
            assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
        }
    }

    @Test
    void limitCountsBytesWithoutTheTerminator() throws Exception {
        var format = DEFAULT.withMaxBytes(7);
        var connection =
                connectionReceiving("1234567\n12345678\n1234567\r\n12345678").lineFormat(format);
        assertEquals("1234567", connection.readLine());
        var e = assertThrows(LineTooLongException.class, connection::readLine);
        assertEquals(7, e.limitBytes());
        assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
        assertEquals("1234567", connection.readLine());
        assertThrows(LineTooLongException.class, connection::readLine);
        assertNull(connection.readLine());
    }

    @Test
    void lineLongerThanTheBufferIsRead() throws Exception {
        String longLine = "x".repeat(300_000);
        var connection = connectionReceiving(longLine + "\n" + longLine + "\r\nend");
        connection.lineFormat(DEFAULT.withMaxBytes(300_000));
        assertEquals(longLine, connection.readLine());
        assertEquals(longLine, connection.readLine());
        assertEquals("end", connection.readLine());
    }

    @Test
    void rejectedLastLineIsCarriedByTheException() throws Exception {
        var connection = connectionReceiving("whole\nhalf a line");
        connection.lineFormat(DEFAULT.withUnterminated(Unterminated.REJECT));
        assertEquals("whole", connection.readLine());
        var e = assertThrows(IncompleteReadException.class, connection::readLine);
        assertEquals("half a line", new String(e.received(), StandardCharsets.US_ASCII));
        assertEquals(-1, e.expectedBytes());
        assertNull(connection.readLine());
    }

    @Test
    void terminatedLastLineIsNotRejected() throws Exception {
        var connection = connectionReceiving("whole\n");
        connection.lineFormat(DEFAULT.withUnterminated(Unterminated.REJECT));
        assertEquals("whole", connection.readLine());
        assertNull(connection.readLine());
    }

    @Test
    void formatAppliesFromTheNextLineOn() throws Exception {
        var connection =
                connectionReceiving(new byte[] {'a', '\n', (byte) 0xE9, '\n', (byte) 0xE9, '\n'});
        assertEquals("a", connection.readLine());
        assertThrows(CharacterCodingException.class, connection::readLine);
        connection.lineFormat(DEFAULT.withCharset(StandardCharsets.ISO_8859_1));
        assertEquals("\u00e9", connection.readLine());
        assertThrows(NullPointerException.class, () -> connection.lineFormat(null));
    }

    private static Connection connectionReceiving(String text) {
        return connectionReceiving(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Connection connectionReceiving(byte[] bytes) {
        return Connection.over(FakeChannel.bringing(bytes), SystemClock.INSTANCE);
    }
}
