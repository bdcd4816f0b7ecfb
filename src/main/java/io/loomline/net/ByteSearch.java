package io.loomline.net;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for a byte, eight at a time. */
final class ByteSearch {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private ByteSearch() {}

    /** The index at which the byte is first found in a part of an array; -1 if it is not. */
    static int indexOf(byte[] array, int from, int to, byte wanted) {
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            int found = indexIn(word(array, at), wanted);
            if (found < Long.BYTES) return at + found;
        }
        for (; at < to; at++) {
            if (array[at] == wanted) return at;
        }
        return -1;
    }

    /** Eight bytes of an array, the first in the lowest bits. */
    static long word(byte[] array, int at) {
        return (long) WORD.get(array, at);
    }

    /** Where in eight bytes one is first found; 8 if it is not. */
    static int indexIn(long word, byte wanted) {
        long difference = word ^ (LOW_BITS * (wanted & 0xFF));
        // the high bit of each byte that is zero, and maybe of some behind the first of them
        long zeros = (difference - LOW_BITS) & ~difference & HIGH_BITS;
        return Long.numberOfTrailingZeros(zeros) >>> 3;
    }

    /** Whether each of the first bytes of eight is below 0x80; all eight for a count of 8. */
    static boolean isAscii(long word) {
        return (word & HIGH_BITS) == 0;
    }

    /** Whether every byte of a part of an array is below 0x80. */
    static boolean isAscii(byte[] array, int from, int to) {
        long seen = 0;
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) seen |= (long) WORD.get(array, at);
        for (; at < to; at++) seen |= array[at];
        return (seen & HIGH_BITS) == 0;
    }
}
