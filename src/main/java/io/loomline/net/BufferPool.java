package io.loomline.net;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A few buffers to be used again. A connection takes one when bytes come and gives it back when
 * they are read, so there are about as many in use as threads that run at the same time.
 */
final class BufferPool {
    /** What one read asks the kernel for at most. */
    static final int CHUNK_BYTES = 16 * 1024;

    private static final int SLOTS = 32;
    private static final AtomicReferenceArray<@Nullable ByteBuffer> FREE =
            new AtomicReferenceArray<>(SLOTS);

    private BufferPool() {}

    /** An empty buffer of {@link #CHUNK_BYTES}, with an array behind it. */
    static ByteBuffer take() {
        for (int i = 0; i < SLOTS; i++) {
            ByteBuffer free = FREE.get(i);
            if (free != null && FREE.compareAndSet(i, free, null)) return free;
        }
        return ByteBuffer.allocate(CHUNK_BYTES);
    }

    /** An empty buffer of {@link #CHUNK_BYTES}, or one of less if that is enough. */
    static ByteBuffer take(int enoughBytes) {
        return enoughBytes < CHUNK_BYTES ? ByteBuffer.allocate(enoughBytes) : take();
    }

    /** Takes a buffer back; one of another size, or one too many, is left to the collector. */
    static void give(ByteBuffer buffer) {
        if (buffer.capacity() != CHUNK_BYTES) return;
        buffer.clear();
        for (int i = 0; i < SLOTS; i++) {
            if (FREE.get(i) == null && FREE.compareAndSet(i, null, buffer)) return;
        }
    }
}
