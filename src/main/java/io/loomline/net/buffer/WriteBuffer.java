package io.loomline.net.buffer;

import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.WriteSource;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes that were written and not sent. It holds memory only while it is not empty.
 *
 * <pre>
 *   bytes:  [ sent .. │ start .. unsent .. end │ .. free ]
 * </pre>
 *
 * <p><i>Threads:</i> under its owner's lock; others may ask {@link #isEmpty}, and then {@link
 * #fillings}.
 */
@SuppressWarnings("ByteBufferBackingArray") // every buffer here was allocated with its array
public final class WriteBuffer implements WriteSource {
    private final Runnable emptied;

    /** Null while there is nothing. */
    private volatile @Nullable ByteBuffer bytes;

    private int start;
    private int end;
    private int fillings;

    /**
     * Creates an empty one.
     *
     * @param emptied runs when it becomes empty again
     */
    public WriteBuffer(Runnable emptied) {
        this.emptied = emptied;
    }

    public boolean isEmpty() {
        return bytes == null;
    }

    /** How often it has begun to fill. */
    public int fillings() {
        return fillings;
    }

    public int length() {
        return end - start;
    }

    /** How much memory it holds. */
    public int heldBytes() {
        ByteBuffer present = bytes;
        return present == null ? 0 : present.capacity();
    }

    /** Takes all bytes of the source in. */
    public void add(ByteBuffer source) {
        int length = source.remaining();
        if (length == 0) return;
        source.get(withRoomFor(length), end, length);
        end += length;
    }

    /** Takes a text in, and what ends it; both are ASCII. */
    @SuppressWarnings(
            "deprecation") // for other text it would be wrong; for this it is a plain copy
    public void addAscii(String text, String ending) {
        int length = text.length() + ending.length();
        if (length == 0) return;
        byte[] target = withRoomFor(length);
        text.getBytes(0, text.length(), target, end);
        ending.getBytes(0, ending.length(), target, end + text.length());
        end += length;
    }

    /** An array with so much room at the end. */
    private byte[] withRoomFor(int length) {
        ByteBuffer present = bytes;
        if (present == null) {
            fillings++; // before bytes is set: who sees that there are some sees which filling
            return (bytes = ofCapacity(length)).array();
        }
        if (present.capacity() - end >= length) return present.array();
        int needed = length() + length;
        ByteBuffer target = needed <= present.capacity() ? present : ofCapacity(needed);
        System.arraycopy(present.array(), start, target.array(), 0, length());
        end = length();
        start = 0;
        if (target != present) BufferPool.give(present);
        bytes = target;
        return target.array();
    }

    private static ByteBuffer ofCapacity(int needed) {
        return needed <= BufferPool.CHUNK_BYTES
                ? BufferPool.take()
                : ByteBuffer.allocate(Math.max(needed, 4 * BufferPool.CHUNK_BYTES));
    }

    @Override
    public boolean sendTo(GuardedChannel wire) throws IOException {
        ByteBuffer present = bytes;
        if (present == null) return true;
        try {
            wire.tryWrite(present.limit(end).position(start));
        } finally {
            start = present.position();
        }
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
        BufferPool.give(present);
        emptied.run();
    }
}
