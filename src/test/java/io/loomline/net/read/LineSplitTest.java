package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.FakeChannel;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** The lines do not depend on how the input is split into reads. */
class LineSplitTest {
    /** Bytes of terminators, bytes of multi-byte characters, and others. */
    private static final byte[] ALPHABET = {
        '\n',
        '\n',
        '\r',
        0,
        'a',
        'b',
        (byte) 0xC3,
        (byte) 0xA9,
        (byte) 0xE2,
        (byte) 0x82,
        (byte) 0xAC,
        (byte) 0xF0,
        (byte) 0x9F,
        (byte) 0x98,
        (byte) 0x80,
        (byte) 0xFF
    };

    private static final String MALFORMED = "(malformed)";

    @Test
    void codePointSplitBetweenReadsIsDecoded() throws Exception {
        byte[] bytes = "a\u00e9\u20ac\uD83D\uDE00z\n".getBytes(StandardCharsets.UTF_8);
        for (int at = 1; at < bytes.length; at++) {
            for (int next = at; next < bytes.length; next++) {
                assertEquals(
                        List.of("a\u00e9\u20ac\uD83D\uDE00z"),
                        read(
                                Arrays.copyOfRange(bytes, 0, at),
                                Arrays.copyOfRange(bytes, at, next),
                                Arrays.copyOfRange(bytes, next, bytes.length)));
            }
        }
    }

    @Test
    void carriageReturnAndLineFeedInTwoReadsAreOneTerminator() throws Exception {
        assertEquals(List.of("haa"), read(ascii("haa\r"), ascii("\n")));
        assertEquals(List.of("haa\r"), read(ascii("haa\r"), ascii("\r\n")));
        assertEquals(List.of("haa\rb"), read(ascii("haa\r"), ascii("b\n")));
    }

    @Test
    void anySplitOfAnyBytesGivesTheSameLines() throws Exception {
        compareWithReference(new Random(1), 300);
    }

    @Test
    @Tag("slow")
    void manySplitsOfAnyBytesGiveTheSameLines() throws Exception {
        long seed = System.nanoTime();
        try {
            compareWithReference(new Random(seed), 50_000);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static void compareWithReference(Random random, int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = ALPHABET[random.nextInt(ALPHABET.length)];
            }
            assertEquals(
                    reference(bytes),
                    read(pieces(bytes, random)),
                    () -> HexFormat.of().formatHex(bytes));
        }
    }

    private static byte[][] pieces(byte[] bytes, Random random) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(9));
            pieces.add(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return pieces.toArray(byte[][]::new);
    }

    private static List<String> read(byte[]... pieces) throws Exception {
        List<String> lines = new ArrayList<>();
        var connection = Connection.over(FakeChannel.bringing(pieces), SystemClock.INSTANCE);
        while (true) {
            try {
                String line = connection.readLine();
                if (line == null) return lines;
                lines.add(line);
            } catch (CharacterCodingException e) {
                lines.add(MALFORMED);
            }
        }
    }

    /** Splits the whole input at once. */
    private static List<String> reference(byte[] bytes) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\n') continue;
            int end = i > start && bytes[i - 1] == '\r' ? i - 1 : i;
            lines.add(decode(bytes, start, end));
            start = i + 1;
        }
        if (start < bytes.length) lines.add(decode(bytes, start, bytes.length));
        return lines;
    }

    private static String decode(byte[] bytes, int start, int end) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, end - start))
                    .toString();
        } catch (CharacterCodingException e) {
            return MALFORMED;
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
