package io.loomline.net.buffer;

import io.loomline.net.wire.GuardedChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Arrays;

/**
 * The window of bytes that were received and not yet read. It holds memory only while it is not
 * empty, and grows only as bytes arrive.
 *
 * <pre>
 *   bytes:  [ read .. │ start .. unread .. end │ .. hidden .. │ .. free ]
 * </pre>
 *
 * <p>Hidden bytes were received beyond what the reader may read now.
 *
 * <p><i>Threads:</i> only the reader may use it. Other threads may call {@link #isEmpty}, and may
 * see a change late.
 */
@SuppressWarnings("ByteBufferBackingArray") // every buffer here was allocated with its array
public final class ReadBuffer {
    private static final byte[] NOTHING = new byte[0];

    /** The memory that a window may hold beyond twice its bytes while its reader waits. */
    private static final int SPARE_BYTES = 1024;

    private @Nullable ByteBuffer bytes;

    /** The array of {@code bytes}; empty while that is null. */
    private byte[] array = NOTHING;

    private int start;
    private int end;

    /** The number of hidden bytes. The window is not filled while there are any. */
    private int hidden;

    /** Whether the buffer is as small as its bytes, so that a read takes another one. */
    private boolean trimmed;

    /** Whether the last read filled its buffer, so that a larger one saves calls. */
    private boolean filled;

    public int length() {
        return end - start;
    }

    public boolean isEmpty() {
        return start == end;
    }

    /** The number of received bytes that were not read yet, including hidden ones. */
    public int unreadBytes() {
        return length() + hidden;
    }

    public boolean hides() {
        return hidden > 0;
    }

    /** Hides all bytes except the first ones. */
    public void show(long most) {
        int unread = unreadBytes();
        int shown = Math.clamp(most, 0, unread);
        end = start + shown;
        hidden = unread - shown;
        assert isConsistent();
    }

    /** The size of its memory, in bytes. Other threads may see a change late. */
    public int heldBytes() {
        return array.length;
    }

    /**
     * Reads once from the channel, without waiting.
     *
     * @param wanted the number of bytes the reader needs in the window; more than it has
     * @param aheadBytes the number of bytes it may read ahead
     */
    public Filled fillFrom(GuardedChannel channel, int wanted, int aheadBytes) throws IOException {
        assert wanted > length() : "a fill adds at least one byte";
        assert hidden == 0 : "hidden bytes come first";
        int most = Math.max(wanted, aheadBytes);
        ByteBuffer target = withRoomFor(wanted, most);
        int limit = (int) Math.min(target.capacity(), (long) start + most);
        int moved;
        try {
            moved = channel.tryRead(target.limit(limit).position(end));
        } finally {
            if (isEmpty() && target.position() == end) release();
        }
        end += Math.max(0, moved);
        assert isConsistent();
        filled = !target.hasRemaining();
        return Filled.of(moved, target);
    }

    /** A consumer of bytes from the window. */
    public interface Sink {
        /** Takes some or all of the bytes, by advancing the position. */
        void take(ByteBuffer bytes) throws IOException, InterruptedException;

        /** Whether it takes further bytes. */
        default boolean wantsMore() {
            return true;
        }
    }

    /** The result of a read. */
    public enum Filled {
        /** Bytes were read and the buffer is full: the channel may have more. */
        MORE,
        /** All bytes were read that the channel had. */
        ALL,
        /** The channel had no bytes. */
        NOTHING,
        /** The input has ended. */
        END;

        /** The result of a read that moved a number of bytes, or -1, into a target. */
        public static Filled of(int moved, ByteBuffer target) {
            if (moved < 0) return END;
            if (moved == 0) return NOTHING;
            return target.hasRemaining() ? ALL : MORE;
        }
    }

    private ByteBuffer withRoomFor(int wanted, int most) {
        ByteBuffer present = bytes;
        boolean large = filled && most >= BufferPool.LARGE_BYTES;
        if (present == null) return use(large ? BufferPool.takeLarge() : BufferPool.take(most));
        boolean hasRoom = end < present.capacity() && !trimmed;
        boolean movingIsUseless = start == 0 || present.capacity() - start >= wanted;
        if (hasRoom && movingIsUseless) return present;
        ByteBuffer target = present;
        if (large && (trimmed || present.capacity() == BufferPool.CHUNK_BYTES)) {
            target = BufferPool.takeLarge();
        } else if (trimmed || length() == present.capacity()) {
            long twice = Math.max(2L * length(), BufferPool.CHUNK_BYTES);
            boolean isLast = wanted <= twice; // of exact size: taken out whole, it is not copied
            target = isLast ? ByteBuffer.allocate(wanted) : BufferPool.ofAtLeast((int) twice);
        }
        System.arraycopy(array, start, target.array(), 0, length());
        end = length();
        start = 0;
        if (target != present) BufferPool.release(present);
        return use(target);
    }

    /**
     * Makes bytes unread again, which were the first ones. If there are any, the window is empty.
     */
    public void putBack(byte[] unread) {
        if (unread.length == 0) return;
        assert bytes == null : "the bytes belong before those in the window";
        use(ByteBuffer.wrap(unread));
        end = unread.length;
        assert isConsistent();
    }

    /** Reduces its memory to about the number of unread bytes. Called before it is left alone. */
    public void trim() {
        ByteBuffer present = bytes;
        int unread = unreadBytes();
        long most = 2L * unread + SPARE_BYTES;
        if (present == null || present.capacity() <= most) return;
        ByteBuffer target = BufferPool.takeFor(unread, most);
        System.arraycopy(array, start, target.array(), 0, unread);
        BufferPool.release(present);
        use(target);
        trimmed = true;
        end = length();
        start = 0;
        assert isConsistent();
    }

    private ByteBuffer use(ByteBuffer target) {
        trimmed = false;
        array = target.array();
        return bytes = target;
    }

    /** The index in the window of the first occurrence of a byte; -1 if there is none. */
    public int indexOf(byte wanted, int from) {
        int found = ByteSearch.indexOf(array, start + from, end, wanted);
        return found < 0 ? -1 : found - start;
    }

    /** The index in the window of the first occurrence of either byte; -1 if there is none. */
    public int indexOf(byte one, byte other, int from) {
        int found = ByteSearch.indexOf(array, start + from, end, one, other);
        return found < 0 ? -1 : found - start;
    }

    /**
     * Finds a sequence of bytes.
     *
     * @param from the index in the window at which the search starts
     * @param to the index in the window before which the sequence must end
     * @return the index in the window of the first occurrence; -1 if there is none
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
     * Takes out a line and its LF or CRLF in one pass, if the window contains all of it and it is
     * ASCII, as most lines are. Returns null in all other cases, which need a closer look.
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

    /** Uses the constructor that only copies; the ones with a charset are not inlined. */
    @SuppressWarnings("deprecation") // it decodes bytes beyond ASCII as Latin-1; here are none
    private static String ascii(byte[] bytes, int offset, int length) {
        return new String(bytes, 0, offset, length);
    }

    /** Decodes the first bytes, which stay in the window; null if they are malformed. */
    public @Nullable String text(int length, Charset charset) {
        return Text.decode(array, start, length, charset);
    }

    /** Decodes the first bytes, which stay in the window, with U+FFFD for malformed ones. */
    public String replacedText(int length, Charset charset) {
        return new String(array, start, length, charset);
    }

    /** The index of the first malformed byte among the first bytes. */
    public int malformedAt(int length, Charset charset) {
        return Text.malformedAt(array, start, length, charset);
    }

    /** Copies the first bytes, which stay in the window. */
    public byte[] copy(int length) {
        return copy(0, length);
    }

    /** Copies the first bytes, which stay in the window, into a buffer that has room for them. */
    public void copyTo(ByteBuffer target, int length) {
        target.put(array, start, length);
    }

    /** The bytes from an index on, valid until the window changes. */
    public ByteBuffer from(int index) {
        return ByteBuffer.wrap(array, start + index, length() - index);
    }

    /** Copies bytes from an index on, which stay in the window. */
    public byte[] copy(int index, int count) {
        return Arrays.copyOfRange(array, start + index, start + index + count);
    }

    /** Removes bytes from an index on. */
    public void remove(int index, int count) {
        System.arraycopy(array, start, array, start + count, index);
        consume(count);
    }

    /** Puts removed bytes back. Copies the others only if there is no room in front of them. */
    public void insert(int index, byte[] removed) {
        if (start < removed.length) moveBehind(removed.length);
        start -= removed.length;
        System.arraycopy(array, start + removed.length, array, start, index);
        System.arraycopy(removed, 0, array, start + index, removed.length);
        assert isConsistent();
    }

    private void moveBehind(int count) {
        ByteBuffer target = ByteBuffer.allocate(count + unreadBytes());
        System.arraycopy(array, start, target.array(), count, unreadBytes());
        if (bytes != null) BufferPool.release(bytes);
        use(target);
        end = count + length();
        start = count;
    }

    /** Takes the first bytes out. */
    public byte[] take(int length) {
        boolean wholeArray = length == array.length && start == 0 && length > 0;
        byte[] taken = wholeArray ? array : copy(length);
        if (wholeArray) bytes = null; // the caller owns the array now
        consume(length);
        return taken;
    }

    /** Moves as many bytes as fit to the target. Returns their number. */
    public int moveTo(ByteBuffer target) {
        int moved = Math.min(length(), target.remaining());
        target.put(array, start, moved);
        consume(moved);
        return moved;
    }

    /**
     * Offers at most that many of the first bytes to a sink, and consumes the ones it took, even if
     * it throws. Returns their number.
     */
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

    /** Removes the first bytes. */
    public void consume(int count) {
        assert 0 <= count && count <= length() : "consumes bytes that are in the window";
        start += count;
        if (unreadBytes() == 0) release();
    }

    public void clear() {
        consume(length());
    }

    private void release() {
        if (bytes != null) BufferPool.release(bytes);
        bytes = null;
        array = NOTHING;
        start = 0;
        end = 0;
        assert isConsistent();
    }

    /** Holds memory only while not empty; the range is inside the array. */
    private boolean isConsistent() {
        boolean inside = 0 <= start && start <= end && end + hidden <= array.length;
        return inside && hidden >= 0 && (bytes == null) == (unreadBytes() == 0);
    }
}
