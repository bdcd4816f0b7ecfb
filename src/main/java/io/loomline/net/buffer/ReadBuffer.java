package io.loomline.net.buffer;

import io.loomline.net.wire.GuardedChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
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
public final class ReadBuffer {
    private static final byte[] NOTHING = new byte[0];

    /** What a window may hold beyond twice its bytes while its reader waits. */
    private static final int SPARE_BYTES = 1024;

    private @Nullable ByteBuffer bytes;

    /** The array of the buffer; empty while there is none. */
    private byte[] array = NOTHING;

    private int start;
    private int end;

    /** The last read left no room: more comes than a chunk. */
    private boolean flooded;

    public int length() {
        return end - start;
    }

    public boolean isEmpty() {
        return start == end;
    }

    /** How much memory it holds for bytes; others may ask, and get a recent answer. */
    public int heldBytes() {
        return array.length;
    }

    /**
     * Reads more, once.
     *
     * @param wanted how many bytes the window must be able to hold; more than it has
     * @param aheadBytes how many it may hold though nobody wants them
     * @return what that brought
     */
    public Filled fillFrom(GuardedChannel wire, int wanted, int aheadBytes) throws IOException {
        int most = Math.max(wanted, aheadBytes);
        ByteBuffer target = withRoomFor(wanted, most);
        int limit = (int) Math.min(target.capacity(), (long) start + most);
        int moved;
        try {
            moved = wire.tryRead(target.limit(limit).position(end));
        } finally {
            if (isEmpty() && target.position() == end) release();
        }
        end += Math.max(0, moved);
        flooded = !target.hasRemaining();
        return Filled.of(moved, target);
    }

    /** What takes bytes out of the window. */
    public interface Sink {
        void take(ByteBuffer bytes) throws IOException, InterruptedException;
    }

    /** What a read brought. */
    public enum Filled {
        /** Bytes, and the buffer is full: more may be there. */
        MORE,
        /** Bytes, and no more are there now. */
        ALL,
        NOTHING,
        END;

        /** What it is that so many bytes were moved into a target. */
        public static Filled of(int moved, ByteBuffer target) {
            if (moved < 0) return END;
            if (moved == 0) return NOTHING;
            return target.hasRemaining() ? ALL : MORE;
        }
    }

    private ByteBuffer withRoomFor(int wanted, int most) {
        ByteBuffer present = bytes;
        boolean large = flooded && most >= BufferPool.LARGE_BYTES;
        if (present == null) return use(large ? BufferPool.takeLarge() : BufferPool.take(most));
        boolean movingIsUseless = start == 0 || present.capacity() - start >= wanted;
        if (end < present.capacity() && movingIsUseless) return present;
        ByteBuffer target = present;
        if (large && present.capacity() == BufferPool.CHUNK_BYTES) {
            target = BufferPool.takeLarge();
        } else if (length() == present.capacity()) {
            long twice = Math.max(2L * length(), BufferPool.CHUNK_BYTES);
            boolean isLast = wanted <= twice; // taken out whole, it need not be copied
            target = isLast ? ByteBuffer.allocate(wanted) : BufferPool.ofAtLeast((int) twice);
        }
        System.arraycopy(array, start, target.array(), 0, length());
        end = length();
        start = 0;
        if (target != present) BufferPool.give(present);
        return use(target);
    }

    /** Before a wait: holds about as much as there is unread. */
    public void trim() {
        ByteBuffer present = bytes;
        int length = length();
        if (present == null || present.capacity() <= 2L * length + SPARE_BYTES) return;
        ByteBuffer exact = ByteBuffer.allocate(length);
        System.arraycopy(array, start, exact.array(), 0, length);
        BufferPool.give(present);
        use(exact);
        start = 0;
        end = length;
    }

    private ByteBuffer use(ByteBuffer target) {
        array = target.array();
        return bytes = target;
    }

    /** Where the byte is first found, counted from the start of the window; -1 if it is not. */
    public int indexOf(byte wanted, int from) {
        int found = ByteSearch.indexOf(array, start + from, end, wanted);
        return found < 0 ? -1 : found - start;
    }

    /** Where one of two bytes is first found; -1 if neither is. */
    public int indexOf(byte one, byte other, int from) {
        int found = ByteSearch.indexOf(array, start + from, end, one);
        int before = ByteSearch.indexOf(array, start + from, found < 0 ? end : found, other);
        int first = before < 0 ? found : before;
        return first < 0 ? -1 : first - start;
    }

    /**
     * Where a sequence is first found.
     *
     * @param from from where it is looked for
     * @param to where it must have ended
     * @return counted from the start of the window; -1 if it is not there
     */
    public int indexOf(byte[] sequence, int from, int to) {
        int last = start + to - sequence.length;
        for (int at = start + from; at <= last; at++) {
            at = ByteSearch.indexOf(array, at, last + 1, sequence[0]);
            if (at < 0) return -1;
            if (Arrays.equals(array, at, at + sequence.length, sequence, 0, sequence.length)) {
                return at - start;
            }
        }
        return -1;
    }

    public byte at(int index) {
        return array[start + index];
    }

    /**
     * Takes out a line that is here whole and has only ASCII in it, with its LF or CRLF: what most
     * lines are, in one pass over their bytes. Null for every other: look closer.
     */
    public @Nullable String takeAsciiLine(int maxBytes) {
        byte[] array = this.array;
        int newline = ByteSearch.skipLetters(array, start, end);
        if (newline >= end || array[newline] != '\n') return null;
        int length = newline - start;
        if (length > 0 && array[newline - 1] == '\r') length--;
        if (length > maxBytes) return null;
        String line = ascii(array, start, length);
        consume(newline + 1 - start);
        return line;
    }

    /** The constructor that copies and does nothing else; those with a charset are not inlined. */
    @SuppressWarnings("deprecation") // because bytes beyond ASCII would be taken for Latin-1
    private static String ascii(byte[] bytes, int offset, int length) {
        return new String(bytes, 0, offset, length);
    }

    /** Decodes the first bytes as text; they stay. Null if they are not text of the charset. */
    public @Nullable String text(int length, Charset charset) {
        return Text.decode(array, start, length, charset);
    }

    /** Where in the first bytes that begins what is not text of the charset. */
    public int malformedAt(int length, Charset charset) {
        return Text.malformedAt(array, start, length, charset);
    }

    /** The first bytes; they stay. */
    public byte[] copy(int length) {
        return Arrays.copyOfRange(array, start, start + length);
    }

    /** Takes the first bytes out. */
    public byte[] take(int length) {
        boolean wholeArray = length == array.length && start == 0 && length > 0;
        byte[] taken = wholeArray ? array : copy(length);
        if (wholeArray) bytes = null; // it is the caller's from now on
        consume(length);
        return taken;
    }

    /** Moves bytes out, as many as there are and fit. */
    public int moveTo(ByteBuffer target) {
        int moved = Math.min(length(), target.remaining());
        target.put(array, start, moved);
        consume(moved);
        return moved;
    }

    /** Lets a sink take of the first bytes; how many it took. They are taken if it throws, too. */
    public int moveTo(Sink sink, int most) throws IOException, InterruptedException {
        ByteBuffer present = bytes;
        if (present == null) return 0;
        int before = start;
        try {
            sink.take(present.limit(start + most).position(start));
            return present.position() - before;
        } finally {
            consume(present.position() - before);
        }
    }

    public void consume(int count) {
        start += count;
        if (start == end) release();
    }

    public void clear() {
        consume(length());
    }

    private void release() {
        if (bytes != null) BufferPool.give(bytes);
        bytes = null;
        array = NOTHING;
        start = 0;
        end = 0;
    }
}
