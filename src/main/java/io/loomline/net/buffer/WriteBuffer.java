package io.loomline.net.buffer;

import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.WriteSource;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes that were written and not yet sent. It holds memory only while it is not empty.
 *
 * <pre>
 *   bytes:  [ sent .. │ start .. unsent .. end │ .. free ]
 * </pre>
 *
 * <p><i>Threads:</i> guarded by its owner's lock. Without the lock, threads may call {@link
 * #isEmpty}, and then {@link #fillings}.
 */
@SuppressWarnings("ByteBufferBackingArray") // every buffer here was allocated with its array
public final class WriteBuffer implements WriteSource {
    private final Runnable emptied;

    /** Null while the buffer is empty. */
    private volatile @Nullable ByteBuffer bytes;

    private int start;
    private int end;
    private int fillings;

    /**
     * Creates an empty buffer.
     *
     * @param emptied runs when the buffer becomes empty again
     */
    public WriteBuffer(Runnable emptied) {
        this.emptied = emptied;
    }

    public boolean isEmpty() {
        return bytes == null;
    }

    /** The number of times it has become non-empty. */
    public int fillings() {
        return fillings;
    }

    public int length() {
        return end - start;
    }

    /** The size of its memory, in bytes. */
    public int heldBytes() {
        ByteBuffer present = bytes;
        return present == null ? 0 : present.capacity();
    }

    /** Adds all bytes of the source. */
    public void add(ByteBuffer source) {
        int length = source.remaining();
        if (length == 0) return;
        source.get(withRoomFor(length), end, length);
        end += length;
        assert isConsistent();
    }

    /** Adds all bytes of a line and its terminator, which is ASCII. */
    @SuppressWarnings("deprecation") // as below
    public void addLine(ByteBuffer line, String ending) {
        int length = line.remaining();
        int all = length + ending.length();
        if (all == 0) return;
        byte[] target = withRoomFor(all);
        line.get(target, end, length);
        ending.getBytes(0, ending.length(), target, end + length);
        end += all;
        assert isConsistent();
    }

    /** Adds text and its terminator, both of which are ASCII. */
    @SuppressWarnings("deprecation") // String.getBytes(int, ...) is correct for ASCII, and fastest
    public void addAscii(String text, String ending) {
        int length = text.length() + ending.length();
        if (length == 0) return;
        byte[] target = withRoomFor(length);
        text.getBytes(0, text.length(), target, end);
        ending.getBytes(0, ending.length(), target, end + text.length());
        end += length;
        assert isConsistent();
    }

    /** Adds a part of a text, which is ASCII and not empty. */
    @SuppressWarnings("deprecation") // as above
    public void addAscii(String text, int from, int to) {
        text.getBytes(from, to, withRoomFor(to - from), end);
        end += to - from;
        assert isConsistent();
    }

    /** An array with room for that many bytes after the end. */
    private byte[] withRoomFor(int length) {
        ByteBuffer present = bytes;
        if (present == null) {
            fillings++; // before bytes is set: threads that see bytes also see the new number
            return (bytes = ofCapacity(length)).array();
        }
        if (present.capacity() - end >= length) return present.array();
        int needed = length() + length;
        ByteBuffer target = needed <= present.capacity() ? present : ofCapacity(needed);
        System.arraycopy(present.array(), start, target.array(), 0, length());
        end = length();
        start = 0;
        if (target != present) BufferPool.release(present);
        bytes = target;
        return target.array();
    }

    private static ByteBuffer ofCapacity(int needed) {
        return BufferPool.ofAtLeast(needed);
    }

    @Override
    public boolean sendTo(GuardedChannel channel) throws IOException {
        ByteBuffer present = bytes;
        if (present == null) return true;
        try {
            channel.tryWrite(present.limit(end).position(start));
        } finally {
            start = present.position();
        }
        assert isConsistent();
        if (start < end) return false;
        clear();
        return true;
    }

    public void clear() {
        ByteBuffer present = bytes;
        if (present == null) return;
        bytes = null;
        start = 0;
        end = 0;
        BufferPool.release(present);
        emptied.run();
    }

    /** The range is inside the buffer, and is empty without one. */
    private boolean isConsistent() {
        ByteBuffer present = bytes;
        if (present == null) return start == 0 && end == 0;
        return 0 <= start && start <= end && end <= present.capacity();
    }
}
