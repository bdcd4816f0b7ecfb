package io.loomline.tls.record;

import io.loomline.concurrent.ByteBufferPool;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * The pooled buffers of records. Their arrays are on the heap, because the JDK's ciphers copy
 * direct buffers.
 */
final class RecordBuffers {
    // https://www.rfc-editor.org/rfc/rfc5246#section-6.2.3
    // "The length MUST NOT exceed 2^14 + 2048."
    /** The size of the largest record, with its header of 5 bytes. */
    static final int MAX_RECORD_BYTES = 5 + (1 << 14) + 2048;

    /** How many records a large buffer holds: streams need a quarter of the calls. */
    static final int LARGE_RECORDS = 4;

    private static final ByteBufferPool SMALL = new ByteBufferPool(MAX_RECORD_BYTES, 32);
    private static final ByteBufferPool LARGE =
            new ByteBufferPool(LARGE_RECORDS * MAX_RECORD_BYTES, 8);

    private RecordBuffers() {}

    /** An empty buffer for a record. */
    static ByteBuffer take() {
        return SMALL.take();
    }

    /** An empty buffer for several records. */
    static ByteBuffer takeLarge() {
        return LARGE.take();
    }

    static void release(ByteBuffer buffer) {
        SMALL.release(buffer);
        LARGE.release(buffer);
    }

    /**
     * What to keep of a buffer that a connection may hold for long.
     *
     * @return null if no bytes remain, or a copy if few do; the buffer is then back in the pool
     */
    static @Nullable ByteBuffer trimmed(ByteBuffer buffer) {
        if (buffer.remaining() > MAX_RECORD_BYTES / 4) return buffer;
        ByteBuffer rest = buffer.hasRemaining() ? copyOf(buffer) : null;
        release(buffer);
        return rest;
    }

    /** A copy of the remaining bytes, for as long as a connection waits. */
    static ByteBuffer exact(ByteBuffer buffer) {
        if (buffer.remaining() == buffer.capacity()) return buffer;
        ByteBuffer copy = copyOf(buffer);
        release(buffer);
        return copy;
    }

    private static ByteBuffer copyOf(ByteBuffer buffer) {
        return ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
    }
}
