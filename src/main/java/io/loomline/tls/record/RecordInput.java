package io.loomline.tls.record;

import io.loomline.driver.Channel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of records that have arrived and are not opened. A buffer of the pool is used while a
 * thread works; what stays longer is a copy without spare room.
 *
 * <p><i>Threads:</i> guarded by the lock of the reader.
 */
final class RecordInput {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** The most bytes that a close drops. */
    private static final int MAX_DROPPED_BYTES = 1 << 20;

    private final Channel below;

    /** The bytes, between position and limit; null if there are none. */
    private @Nullable ByteBuffer unopened;

    private boolean received;

    /** Whether the last read below filled its buffer, so that more bytes are likely. */
    private boolean filled;

    RecordInput(Channel below) {
        this.below = below;
    }

    /** Whether any byte has arrived. */
    boolean hasReceived() {
        return received;
    }

    boolean isEmpty() {
        return unopened == null;
    }

    /** The bytes, for the engine to consume. */
    ByteBuffer bytes() {
        return unopened == null ? NOTHING : unopened;
    }

    /** The type of the first record; -1 if there is none. */
    int type() {
        return RecordHeader.type(bytes());
    }

    /** The size of the first record, whose header has arrived. */
    int recordBytes() {
        return RecordHeader.recordBytes(bytes());
    }

    /** Whether a whole record has arrived, or something that is none. */
    boolean hasRecord() {
        return RecordHeader.isComplete(bytes());
    }

    /** Adds a copy of bytes that were received before. */
    void feed(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) return;
        received = true;
        unopened = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }

    /**
     * Reads from the channel below. Called if no whole record is left, so there is room for it.
     *
     * @return the number of bytes; 0 if none are available now, -1 at the end
     */
    int fill() throws IOException {
        ByteBuffer target = filled ? RecordBuffers.takeLarge() : RecordBuffers.take();
        ByteBuffer part = bytes();
        assert part.remaining() < RecordBuffers.MAX_RECORD_BYTES : "less than a whole record";
        target.put(part);
        RecordBuffers.release(part);
        unopened = target; // before the read, which may throw
        int moved = 0;
        try {
            moved = below.tryRead(target);
        } finally {
            received |= moved > 0;
            filled = moved > 0 && !target.hasRemaining();
            target.flip();
            if (moved <= 0) trim();
        }
        return moved;
    }

    /** Reads and drops what is available below. */
    void drop() throws IOException {
        ByteBuffer target = RecordBuffers.take();
        try {
            for (int bytes = 0; bytes < MAX_DROPPED_BYTES; bytes += target.position()) {
                if (below.tryRead(target.clear()) <= 0) return;
            }
        } finally {
            RecordBuffers.release(target);
        }
    }

    /** Called after a read: gives the buffer back if few bytes remain. */
    void trim() {
        if (unopened != null) unopened = RecordBuffers.trimmed(unopened);
    }

    /** Whether more can be read without a wait; if not, prepares for the wait. */
    boolean isReady() {
        if (filled) {
            filled = false;
            return true;
        }
        if (unopened == null) return false;
        if (RecordHeader.isComplete(unopened)) return true;
        unopened = RecordBuffers.exact(unopened);
        return false;
    }
}
