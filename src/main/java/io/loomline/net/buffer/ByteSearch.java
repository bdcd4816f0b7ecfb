package io.loomline.net.buffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Searches byte arrays, eight bytes at a time. */
public final class ByteSearch {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOW_SEVEN_BITS = ~HIGH_BITS;
    private static final long NEWLINES = '\n' * LOW_BITS;
    private static final long RETURNS = '\r' * LOW_BITS;

    private ByteSearch() {}

    /** The index of the first occurrence of a byte in a part of an array; -1 if there is none. */
    public static int indexOf(byte[] array, int from, int to, byte wanted) {
        long pattern = LOW_BITS * (wanted & 0xFF);
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long zeros = zeroBytes((long) WORD.get(array, at) ^ pattern);
            if (zeros != 0) return at + (Long.numberOfTrailingZeros(zeros) >>> 3);
        }
        for (; at < to; at++) {
            if (array[at] == wanted) return at;
        }
        return -1;
    }

    /** The index of the first occurrence of either byte; -1 if there is none. */
    static int indexOf(byte[] array, int from, int to, byte one, byte other) {
        long onePattern = LOW_BITS * (one & 0xFF);
        long otherPattern = LOW_BITS * (other & 0xFF);
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long word = (long) WORD.get(array, at);
            long zeros = zeroBytes(word ^ onePattern) | zeroBytes(word ^ otherPattern);
            if (zeros != 0) return at + (Long.numberOfTrailingZeros(zeros) >>> 3);
        }
        for (; at < to; at++) {
            if (array[at] == one || array[at] == other) return at;
        }
        return -1;
    }

    /**
     * Requires bytes that the peer reads as one line.
     *
     * @throws IllegalArgumentException if they contain CR, LF or NUL
     */
    public static void requireOneLine(ByteBuffer line) {
        int from = line.position();
        int to = line.limit();
        int at = from;
        while (at <= to - Long.BYTES && !hasBreak(line.getLong(at))) at += Long.BYTES;
        for (; at < to; at++) {
            byte b = line.get(at);
            if (b == '\n' || b == '\r' || b == 0) throw Text.notOneLine("byte", at - from, b);
        }
    }

    /** Whether a word has a byte that is CR, LF or NUL. The order of its bytes does not matter. */
    private static boolean hasBreak(long word) {
        return (zeroBytes(word) | zeroBytes(word ^ NEWLINES) | zeroBytes(word ^ RETURNS)) != 0;
    }

    /**
     * Sets the high bit of each zero byte in a word. Bytes after the first of them may be set
     * falsely.
     */
    private static long zeroBytes(long word) {
        return (word - LOW_BITS) & ~word & HIGH_BITS;
    }

    /**
     * The index of the first byte that is a newline or not ASCII; an index of at least {@code to -
     * 7} if there is none.
     */
    static int skipLetters(byte[] array, int from, int to) {
        int last = Math.min(to, array.length) - Long.BYTES;
        int at = from;
        for (; at <= last; at += Long.BYTES) {
            long word = (long) WORD.get(array, at);
            // sets the high bit of each byte that is neither, correctly up to the first that is
            long letters = ((word ^ NEWLINES) + LOW_SEVEN_BITS) & ~word & HIGH_BITS;
            if (letters != HIGH_BITS) {
                return at + (Long.numberOfTrailingZeros(~letters & HIGH_BITS) >>> 3);
            }
        }
        return at;
    }
}
