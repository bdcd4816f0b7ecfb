package loomline.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The lines that a load sends: no two are alike, so an answer that was meant for another connection or
 * came twice is seen. 16 characters name the connection and the number, a stretch of random text that
 * depends on both follows, then a newline. All in native memory: made and compared without a copy
 * through the heap, and without allocation.
 */
final class Message {
    static final int HEAD_BYTES = 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int TABLE_BYTES = 1 << 16;

    final int bytes;
    private final MemorySegment table;
    private final MemorySegment expected;

    Message(int bytes) {
        if (bytes < HEAD_BYTES + 8) throw new IllegalArgumentException("message of " + bytes + " bytes");
        this.bytes = bytes;
        table = Arena.ofAuto().allocate(TABLE_BYTES + bytes);
        expected = Arena.ofAuto().allocate(bytes);
        var random = new SplittableRandom(6);
        for (long i = 0; i < table.byteSize(); i++) {
            table.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt('!', '~'));
        }
    }

    static MemorySegment memory(ByteBuffer direct) {
        return MemorySegment.ofBuffer(direct.duplicate().clear());
    }

    void compose(MemorySegment target, long at, int connection, int number) {
        target.set(LONG, at, letters(connection));
        target.set(LONG, at + 8, letters(number));
        int body = bytes - HEAD_BYTES - 1;
        long from = ((connection * 31 + number) * 0x9E3779B1) >>> 16;
        MemorySegment.copy(table, from, target, at + HEAD_BYTES, body);
        target.set(ValueLayout.JAVA_BYTE, at + bytes - 1, (byte) '\n');
    }

    /** Eight characters from '@' to 'O', one for each four bits. */
    private static long letters(int value) {
        long bits = value & 0xffffffffL;
        bits = (bits | bits << 16) & 0x0000ffff0000ffffL;
        bits = (bits | bits << 8) & 0x00ff00ff00ff00ffL;
        bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0fL;
        return bits | 0x4040404040404040L;
    }

    /** Compares what came, a part of a message from {@code offset} on, with what should have come. */
    void check(MemorySegment came, long at, int length, int offset, int connection, int number) {
        compose(expected, 0, connection, number);
        long wrong = MemorySegment.mismatch(came, at, at + length, expected, offset, offset + length);
        if (wrong < 0) return;
        throw new WrongAnswer("connection %d: byte %d of answer %d is %d instead of %d".formatted(
                connection, offset + wrong, number, came.get(ValueLayout.JAVA_BYTE, at + wrong),
                expected.get(ValueLayout.JAVA_BYTE, offset + wrong)));
    }

    /** What a server must never do: it fails the round. */
    static final class WrongAnswer extends RuntimeException {
        WrongAnswer(String message) {
            super(message);
        }
    }
}
