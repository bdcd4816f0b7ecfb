package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.testing.ConnectionPair;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/** Text and lines are written in the format's charset and with its terminator. */
class LineFormatWriteTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private final ConnectionPair pair = ConnectionPair.open();

    @AfterEach
    void close() {
        pair.close();
    }

    private void assertWritten(String line, LineFormat format, byte... expected) throws Exception {
        pair.first().lineFormat(format);
        var writer = Call.running(() -> pair.first().writeLine(line));
        assertArrayEquals(expected, pair.second().readExactly(expected.length));
        writer.result();
        assertEquals(expected.length, pair.first().bytesWritten());
    }

    @Test
    void linesEndWithLfByDefault() throws Exception {
        assertWritten("ab", LineFormat.DEFAULT, new byte[] {'a', 'b', '\n'});
    }

    @Test
    void crlfFormatWritesCrlf() throws Exception {
        var crlf = LineFormat.DEFAULT.withEnding(Ending.CRLF);
        assertWritten("ab", crlf, new byte[] {'a', 'b', '\r', '\n'});
    }

    @Test
    void emptyLineIsWrittenAsItsTerminator() throws Exception {
        assertWritten("", LineFormat.DEFAULT.withEnding(Ending.CRLF), new byte[] {'\r', '\n'});
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"UTF-8", "ISO-8859-1", "windows-1252", "Shift_JIS", "ISO-2022-JP", "EUC-KR"})
    void textIsWrittenInTheCharset(String name) throws Exception {
        Charset charset = Charset.forName(name);
        for (String text :
                new String[] {
                    "plain ~\\", charset.newEncoder().canEncode('\u65e5') ? "\u65e5" : "\u00e4"
                }) {
            if (!charset.newEncoder().canEncode(text)) continue;
            byte[] expected = (text + "\n").getBytes(charset);
            pair.first().lineFormat(LineFormat.DEFAULT.withCharset(charset));
            pair.first().writeLine(text);
            assertArrayEquals(expected, pair.second().readExactly(expected.length));
            pair.first().write(text + "\n");
            assertArrayEquals(expected, pair.second().readExactly(expected.length));
        }
    }

    @Test
    void unencodableTextIsRefusedAndNothingIsWritten() throws Exception {
        for (Charset charset : new Charset[] {US_ASCII, ISO_8859_1}) {
            pair.first().lineFormat(LineFormat.DEFAULT.withCharset(charset));
            assertThrows(CharacterCodingException.class, () -> pair.first().writeLine("5 \u20ac"));
            assertThrows(CharacterCodingException.class, () -> pair.first().write("5 \u20ac"));
        }
        pair.first().lineFormat(LineFormat.DEFAULT);
        assertThrows(CharacterCodingException.class, () -> pair.first().writeLine("\ud800"));
        assertEquals(0, pair.first().bytesWritten());
    }

    /** Covers text that is encoded directly into the buffer, and text that is not. */
    @ParameterizedTest
    @ValueSource(ints = {1, 16_383, 16_384, 65_534, 65_535, 65_536, 65_537, 200_000})
    void linesOfEveryLengthArriveWhole(int length) throws Exception {
        pair.second().lineFormat(LineFormat.DEFAULT.withMaxBytes(1 << 20));
        for (String letter : new String[] {"x", "\u00e4"}) {
            String line = letter.repeat(length);
            var reader = Call.of(pair.second()::readLine);
            pair.first().writeLine(line);
            assertEquals(line, reader.result());
        }
        assertEquals(length + 1 + 2L * length + 1, pair.first().bytesWritten());
        assertEquals(pair.first().bytesWritten(), pair.second().bytesRead());
    }

    /** A substring of text that is stored as UTF-16 contains only ASCII. */
    @Test
    void asciiSubstringOfUtf16TextIsWritten() throws Exception {
        String line = "abc\u65e5".substring(0, 3);
        assertWritten(line, LineFormat.DEFAULT, "abc\n".getBytes(UTF_8));
    }
}
