package io.loomline.net.read;

import io.loomline.net.buffer.BufferPool;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineFormat.Malformed;
import io.loomline.stream.LineFormat.Unterminated;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** A random input, how it is split, and the reads of it. */
public final class ReadScript {
    /** Bytes of terminators, first bytes of characters, lengths, and others. */
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

    /** Enough to fill and outgrow buffers of every size. */
    private static final int MANY_BYTES = 300_000;

    /** More than any input: a read must not allocate that much in advance. */
    private static final int HUGE = 1 << 30;

    static final int MOST_TARGET_BYTES = 80 * 1024;

    enum Read {
        LINE,
        LINE_BYTES,
        LINE_INTO,
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

    private final int largeBytes;
    private final boolean usesBudgets;
    private final Random random;

    /** A random script. */
    public static ReadScript of(long seed) {
        var random = new Random(seed);
        return new ReadScript(random, someBytes(random));
    }

    private static byte[] someBytes(Random random) {
        int most = random.nextInt(8) == 0 ? 200 : 24;
        byte[] bytes = new byte[random.nextInt(random.nextInt(2_000) == 0 ? MANY_BYTES : most)];
        // long runs of one kind, to cover whole words of eight bytes as well as their edges
        byte[] some = new byte[1 + random.nextInt(ALPHABET.length)];
        for (int i = 0; i < some.length; i++) some[i] = ALPHABET[random.nextInt(ALPHABET.length)];
        boolean mostlyLetters = random.nextBoolean();
        for (int i = 0; i < bytes.length; i++) {
            boolean letter = mostlyLetters && random.nextInt(12) > 0;
            bytes[i] = letter ? (byte) 'x' : some[random.nextInt(some.length)];
        }
        return bytes;
    }

    /** A random script for a given input. */
    public ReadScript(Random choices, byte[] bytes) {
        random = choices;
        this.bytes = bytes;
        largeBytes = Math.max(bytes.length, BufferPool.LARGE_BYTES);
        pieces = cut(choices, bytes);
        boolean many = bytes.length > 1_000;
        int mostOfLine = many ? largeBytes : random.nextBoolean() ? 8 : 100;
        format =
                new LineFormat(
                        anyOf(Ending.values()),
                        random.nextInt(4) == 0
                                ? StandardCharsets.ISO_8859_1
                                : StandardCharsets.UTF_8,
                        1 + random.nextInt(mostOfLine),
                        anyOf(Unterminated.values()),
                        anyOf(Malformed.values()));
        bufferBytes = bufferBytes(many);
        usesBudgets = random.nextBoolean();
    }

    private <T> T anyOf(T[] values) {
        return values[random.nextInt(values.length)];
    }

    /**
     * Often small, so that bytes are moved often; not for long inputs, which would take too long.
     */
    private int bufferBytes(boolean many) {
        int kind = random.nextInt(8);
        if (kind == 0) return BufferPool.LARGE_BYTES;
        if (kind == 1 || many) return BufferPool.CHUNK_BYTES + random.nextInt(2 * largeBytes);
        return 1 + random.nextInt(kind < 5 ? 10 : 1000);
    }

    /** Short pieces only, or also long ones. */
    public static byte[][] cut(Random choices, byte[] bytes) {
        int most = 1 + choices.nextInt(bytes.length > 1_000 ? bytes.length : 9);
        byte[][] cut = new byte[bytes.length][];
        int count = 0;
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + choices.nextInt(most));
            cut[count++] = Arrays.copyOfRange(bytes, at, end);
            at = end;
        }
        return Arrays.copyOf(cut, count);
    }

    /** Decides how waits end; null if no wait is cut. */
    @Nullable Random cuts() {
        return random.nextBoolean() ? null : new Random(random.nextLong());
    }

    Read nextRead() {
        Read[] all = Read.values();
        return all[random.nextInt(all.length - (random.nextInt(20) == 0 ? 0 : 1))];
    }

    /** A length that is mostly less than the number of bytes left. */
    int nextLength() {
        if (bytes.length > 1_000 && random.nextBoolean()) return random.nextInt(largeBytes);
        int kind = random.nextInt(64);
        if (kind == 0) return HUGE;
        return random.nextInt(kind < 16 ? 40 : 6);
    }

    /** The size of a target: mostly small, sometimes large enough to bypass the buffer. */
    int nextTargetBytes() {
        if (random.nextInt(16) > 0) return Math.min(nextLength(), MOST_TARGET_BYTES);
        int more = random.nextInt(MOST_TARGET_BYTES - BufferPool.CHUNK_BYTES);
        return random.nextBoolean() ? BufferPool.CHUNK_BYTES : BufferPool.CHUNK_BYTES + more;
    }

    /** Whether a budget opens or closes before the next read. */
    boolean nextChangesBudget() {
        return usesBudgets && random.nextInt(4) == 0;
    }

    /** Whether another budget opens when one closes. */
    boolean nextReplacesBudget() {
        return random.nextBoolean();
    }

    /** The size of a budget: mostly small, so that many reads need more. */
    long nextBudgetBytes() {
        return random.nextInt(32) == 0 ? Long.MAX_VALUE : nextLength();
    }

    byte[] nextDelimiter() {
        byte[] delimiter = new byte[1 + random.nextInt(3)];
        for (int i = 0; i < delimiter.length; i++)
            delimiter[i] = random.nextBoolean() ? (byte) 'x' : (byte) 'a';
        return delimiter;
    }

    FrameFormat nextFormat() {
        int most = random.nextInt(16) == 0 ? HUGE : random.nextInt(20);
        var format =
                FrameFormat.DEFAULT
                        .withLength(anyOf(Length.values()))
                        .withMaxBytes(most)
                        .withHeaderBytes(random.nextBoolean() ? 0 : random.nextInt(4));
        return format.length() == Length.VARINT
                ? format.withMaxLengthBytes(1 + random.nextInt(5))
                : format;
    }
}
