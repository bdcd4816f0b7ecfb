package io.loomline.net;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The window of bytes that have come and that nobody has read. It holds memory only while it is not
 * empty, and grows only as bytes come.
 *
 * <pre>
 *   bytes:  [ read .. │ start .. unread .. end │ .. free ]
 * </pre>
 *
 * <p><i>Threads:</i> one reader; others may ask {@link #isEmpty}, and get a recent answer.
 */
@SuppressWarnings("ByteBufferBackingArray") // every buffer here was allocated with its array
final class ReadBuffer {
    private @Nullable ByteBuffer bytes;
    private int start;
    private int end;

    int length() {
        return end - start;
    }

    boolean isEmpty() {
        return start == end;
    }

    /**
     * Reads more, once.
     *
     * @param wanted how many bytes the window must be able to hold; more than it has
     * @return what that brought
     */
    Filled fillFrom(Wire wire, int wanted) throws IOException {
        ByteBuffer target = withRoomFor(wanted);
        int moved;
        try {
            moved = wire.tryRead(target.limit(target.capacity()).position(end));
        } finally {
            if (isEmpty() && target.position() == end) release();
        }
        if (moved < 0) return Filled.END;
        if (moved == 0) return Filled.NOTHING;
        end += moved;
        return target.hasRemaining() ? Filled.ALL : Filled.MORE;
    }

    /** What takes bytes out of the window. */
    interface Sink {
        void take(ByteBuffer bytes) throws IOException, InterruptedException;
    }

    /** What a read brought. */
    enum Filled {
        /** Bytes, and the buffer is full: more may be there. */
        MORE,
        /** Bytes, and no more are there now. */
        ALL,
        NOTHING,
        END
    }

    private ByteBuffer withRoomFor(int wanted) {
        ByteBuffer present = bytes;
        if (present == null) return bytes = BufferPool.take();
        boolean movingIsUseless = start == 0 || present.capacity() - start >= wanted;
        if (end < present.capacity() && movingIsUseless) return present;
        ByteBuffer target = present;
        if (length() == present.capacity()) {
            long twice = Math.max(2L * length(), BufferPool.CHUNK_BYTES);
            target = ByteBuffer.allocate((int) Math.min(twice, wanted));
        }
        System.arraycopy(present.array(), start, target.array(), 0, length());
        end = length();
        start = 0;
        if (target != present) BufferPool.give(present);
        return bytes = target;
    }

    /** Where the byte is first found, counted from the start of the window; -1 if it is not. */
    int indexOf(byte wanted, int from) {
        if (bytes == null) return -1;
        byte[] array = bytes.array();
        for (int i = start + from; i < end; i++) {
            if (array[i] == wanted) return i - start;
        }
        return -1;
    }

    byte at(int index) {
        if (bytes == null) throw new IndexOutOfBoundsException(index);
        return bytes.array()[start + index];
    }

    /** Decodes the first bytes as text; they stay. */
    String text(int length) throws IOException {
        return bytes == null ? "" : Text.decode(bytes.array(), start, length);
    }

    byte[] copy(int length) {
        return bytes == null
                ? new byte[0]
                : Arrays.copyOfRange(bytes.array(), start, start + length);
    }

    /** Moves bytes out, as many as there are and fit. */
    int moveTo(ByteBuffer target) {
        int moved = Math.min(length(), target.remaining());
        if (bytes != null) target.put(bytes.array(), start, moved);
        consume(moved);
        return moved;
    }

    /** Lets a sink take from the first bytes; what it has taken is consumed, also if it throws. */
    int moveTo(Sink sink, int most) throws IOException, InterruptedException {
        ByteBuffer present = bytes;
        if (present == null) return 0;
        int before = start;
        try {
            sink.take(present.limit(start + most).position(start));
        } finally {
            consume(present.position() - before);
        }
        return most;
    }

    void consume(int count) {
        start += count;
        if (start == end) release();
    }

    void clear() {
        consume(length());
    }

    private void release() {
        if (bytes != null) BufferPool.give(bytes);
        bytes = null;
        start = 0;
        end = 0;
    }
}
