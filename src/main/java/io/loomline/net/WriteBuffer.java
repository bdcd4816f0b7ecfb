package io.loomline.net;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes that were written and not sent. It holds memory only while it is not empty.
 *
 * <p><i>Threads:</i> under its owner's lock; others may ask {@link #isEmpty}.
 */
final class WriteBuffer {
    /** Ready to be read; null while there is nothing. */
    private volatile @Nullable ByteBuffer bytes;

    boolean isEmpty() {
        return bytes == null;
    }

    int length() {
        ByteBuffer present = bytes;
        return present == null ? 0 : present.remaining();
    }

    /** Takes all bytes of the source in. */
    void add(ByteBuffer source) {
        if (!source.hasRemaining()) return;
        ByteBuffer present = bytes;
        int needed = length() + source.remaining();
        ByteBuffer target;
        if (present != null && needed <= present.capacity()) {
            target = present.compact();
        } else {
            target = withRoomFor(needed);
            if (present != null) {
                target.put(present);
                BufferPool.give(present);
            }
        }
        bytes = target.put(source).flip();
    }

    private static ByteBuffer withRoomFor(int needed) {
        return needed <= BufferPool.CHUNK_BYTES
                ? BufferPool.take()
                : ByteBuffer.allocate(Math.max(needed, 4 * BufferPool.CHUNK_BYTES));
    }

    /** Sends what the wire takes now; whether nothing is left. */
    boolean sendTo(Wire wire) throws IOException {
        ByteBuffer present = bytes;
        if (present == null) return true;
        wire.tryWrite(present);
        if (present.hasRemaining()) return false;
        clear();
        return true;
    }

    void clear() {
        ByteBuffer present = bytes;
        bytes = null;
        if (present != null) BufferPool.give(present);
    }
}
