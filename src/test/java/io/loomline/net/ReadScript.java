package io.loomline.net;

import io.loomline.net.FrameFormat.Length;
import io.loomline.net.LineFormat.Ending;
import io.loomline.net.LineFormat.Unterminated;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** A random stream of bytes, the pieces it comes in, and the reads that are made of it. */
final class ReadScript {
    /** What ends things, what begins characters, lengths, and what is none of these. */
    private static final byte[] ALPHABET = {
        '\n',
        '\n',
        '\r',
        '\r',
        0,
        1,
        2,
        3,
        'a',
        'a',
        'b',
        ';',
        (byte) 0x80,
        (byte) 0xC3,
        (byte) 0xA9
    };

    enum Read {
        LINE,
        BYTES,
        BUFFER,
        SOME,
        EXACTLY,
        UNTIL,
        PEEK,
        SKIP,
        FRAME,
        STREAM_BYTE,
        STREAM_SKIP,
        ALL
    }

    final byte[] bytes;
    final byte[][] pieces;
    final LineFormat format;
    final int bufferBytes;

    private final Random random;

    ReadScript(long seed) {
        random = new Random(seed);
        bytes = new byte[random.nextInt(random.nextInt(8) == 0 ? 200 : 24)];
        // long runs of one kind, so that words of eight are met as often as their edges
        byte[] some = new byte[1 + random.nextInt(ALPHABET.length)];
        for (int i = 0; i < some.length; i++) some[i] = ALPHABET[random.nextInt(ALPHABET.length)];
        boolean mostlyLetters = random.nextBoolean();
        for (int i = 0; i < bytes.length; i++) {
            boolean letter = mostlyLetters && random.nextInt(12) > 0;
            bytes[i] = letter ? (byte) 'x' : some[random.nextInt(some.length)];
        }
        pieces = cut();
        format =
                new LineFormat(
                        random.nextInt(3) == 0 ? Ending.CRLF : Ending.LF_OR_CRLF,
                        random.nextInt(4) == 0
                                ? StandardCharsets.ISO_8859_1
                                : StandardCharsets.UTF_8,
                        1 + random.nextInt(random.nextBoolean() ? 8 : 100),
                        random.nextBoolean() ? Unterminated.RETURN : Unterminated.REJECT);
        bufferBytes = 1 + random.nextInt(random.nextBoolean() ? 10 : 1000);
    }

    private byte[][] cut() {
        int most = 1 + random.nextInt(9);
        byte[][] cut = new byte[bytes.length][];
        int count = 0;
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(most));
            cut[count++] = Arrays.copyOfRange(bytes, at, end);
            at = end;
        }
        return Arrays.copyOf(cut, count);
    }

    Read nextRead() {
        Read[] all = Read.values();
        return all[random.nextInt(all.length - (random.nextInt(20) == 0 ? 0 : 1))];
    }

    /** A length that is mostly less than what there is. */
    int nextLength() {
        return random.nextInt(random.nextInt(4) == 0 ? 40 : 6);
    }

    byte[] nextDelimiter() {
        byte[] delimiter = new byte[1 + random.nextInt(3)];
        for (int i = 0; i < delimiter.length; i++)
            delimiter[i] = random.nextBoolean() ? (byte) 'x' : (byte) 'a';
        return delimiter;
    }

    FrameFormat nextFormat() {
        Length[] all = Length.values();
        return new FrameFormat(all[random.nextInt(all.length)], random.nextInt(20));
    }
}
