package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Written text arrives unchanged, and each line is one line for the peer. */
class WriteLineTest {
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, SystemClock.INSTANCE);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "line",
                "tab\tand \u0001 \u007f",
                "ä€\uD83D\uDE00",
                "\u2028",
                "\u0080",
                "\u0120~"
            })
    void lineIsSentWithANewline(String line) throws Exception {
        connection.writeLine(line);
        assertEquals(List.of(line + "\n"), channel.writes());
        assertEquals(
                (line + "\n").getBytes(StandardCharsets.UTF_8).length, connection.bytesWritten());
    }

    @ParameterizedTest
    @CsvSource({
        "'a\nb', 1, 000A",
        "'\r', 0, 000D",
        "'line\r\n', 4, 000D",
        "'ä\0', 1, 0000",
        "'12345\n', 5, 000A"
    })
    void lineWithATerminatorIsRefused(String line, int position, String character)
            throws Exception {
        var e = assertThrows(IllegalArgumentException.class, () -> connection.writeLine(line));
        assertTrue(e.getMessage().contains("character " + position + " "), e::toString);
        assertTrue(e.getMessage().contains("U+" + character), e::toString);
        connection.writeLine("next");
        assertEquals(List.of("next\n"), channel.writes());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lineOfBytesIsSentAsItIs(boolean direct) throws Exception {
        String line = "tab\tand \u0001 \u007f ä€\uD83D\uDE00";
        ByteBuffer bytes = buffer(direct, line.getBytes(StandardCharsets.UTF_8));
        connection.writeLineBytes(bytes);
        assertFalse(bytes.hasRemaining());
        connection.writeLineBytes(buffer(direct));
        assertEquals(List.of(line + "\n", "\n"), channel.writes());
    }

    /** The bytes at an odd offset, so that words of eight bytes are not aligned. */
    private static ByteBuffer buffer(boolean direct, byte... bytes) {
        int size = bytes.length + 2;
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
        return buffer.put(1, bytes).position(1).limit(1 + bytes.length);
    }

    @ParameterizedTest
    @ValueSource(bytes = {'\r', '\n', 0})
    void lineOfBytesWithATerminatorIsRefused(byte terminator) throws Exception {
        for (int length = 1; length <= 40; length++) {
            for (int at = 0; at < length; at++) {
                byte[] line = new byte[length];
                Arrays.fill(line, (byte) 0x8A);
                line[at] = terminator;
                ByteBuffer bytes = buffer(at % 2 == 0, line);
                var e =
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> connection.writeLineBytes(bytes));
                assertTrue(e.getMessage().startsWith("byte " + at + " "), e::toString);
                assertEquals(length, bytes.remaining());
            }
        }
        assertEquals(List.of(), channel.writes());
    }

    @Test
    void lineOfBytesLongerThanTheBufferIsSentWithItsTerminator() throws Exception {
        connection
                .limits(Limits.DEFAULT.withBufferBytes(10))
                .lineFormat(LineFormat.DEFAULT.withEnding(Ending.CRLF));
        for (int length = 7; length <= 12; length++) {
            ByteBuffer line =
                    ByteBuffer.wrap("x".repeat(length).getBytes(StandardCharsets.US_ASCII));
            connection.writeLineBytes(line);
            assertFalse(line.hasRemaining());
        }
        String sent =
                IntStream.rangeClosed(7, 12)
                        .mapToObj(n -> "x".repeat(n) + "\r\n")
                        .collect(Collectors.joining());
        assertEquals(sent, String.join("", channel.writes()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D", "ends in \uD83D"})
    void halfASurrogatePairIsRefused(String text) throws Exception {
        assertThrows(CharacterCodingException.class, () -> connection.write(text));
        assertThrows(CharacterCodingException.class, () -> connection.writeLine(text));
        connection.write("next");
        assertEquals(List.of("next"), channel.writes());
    }

    @Test
    void writeAcceptsEveryCharacterAndAddsNone() throws Exception {
        connection.write("a\r\nb\0");
        assertEquals(List.of("a\r\nb\0"), channel.writes());
    }

    @Test
    void emptyWriteSendsNothing() throws Exception {
        connection.write("");
        connection.write(new byte[0]);
        connection.write(ByteBuffer.allocate(0));
        assertEquals(List.of(), channel.writes());
    }

    @Test
    void bufferIsConsumedFromItsPositionToItsLimit() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap("..abc..".getBytes(StandardCharsets.US_ASCII));
        connection.write(bytes.position(2).limit(5));
        assertEquals(List.of("abc"), channel.writes());
        assertEquals(5, bytes.position());
    }

    @Test
    void writtenArrayCanBeReused() throws Exception {
        byte[] bytes = "abc".getBytes(StandardCharsets.US_ASCII);
        channel.feed("more input\n is here");
        connection.readLine();
        connection.write(bytes); // stays in the buffer
        bytes[0] = 'X';
        connection.flush();
        assertEquals(List.of("abc"), channel.writes());
    }

    @Test
    void nullIsRefused() {
        assertThrows(NullPointerException.class, () -> connection.writeLine(null));
        assertThrows(NullPointerException.class, () -> connection.write((String) null));
        assertThrows(NullPointerException.class, () -> connection.write((byte[]) null));
        assertThrows(NullPointerException.class, () -> connection.write((ByteBuffer) null));
    }
}
