package io.loomline.net.buffer;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A few buffers to be used again. A connection takes one when bytes come and gives it back when
 * they are read, so there are about as many in use as threads that run at the same time.
 */
public final class BufferPool {
    /** What one read asks the kernel for, unless more comes. */
    public static final int CHUNK_BYTES = 16 * 1024;

    /** What it asks for when more comes than that: a stream takes a quarter of the calls. */
    public static final int LARGE_BYTES = 64 * 1024;

    private static final AtomicReferenceArray<@Nullable ByteBuffer> CHUNKS =
            new AtomicReferenceArray<>(32);
    private static final AtomicReferenceArray<@Nullable ByteBuffer> LARGE =
            new AtomicReferenceArray<>(8);

    private BufferPool() {}

    /** An empty buffer of {@link #CHUNK_BYTES}, with an array behind it. */
    static ByteBuffer take() {
        return take(CHUNKS, CHUNK_BYTES);
    }

    /** An empty buffer of {@link #LARGE_BYTES}, with an array behind it. */
    static ByteBuffer takeLarge() {
        return take(LARGE, LARGE_BYTES);
    }

    /** An empty buffer of {@link #CHUNK_BYTES}, or one of less if that is enough. */
    static ByteBuffer take(int enoughBytes) {
        return enoughBytes < CHUNK_BYTES ? ByteBuffer.allocate(enoughBytes) : take();
    }

    /** An empty buffer of at least so many bytes. */
    static ByteBuffer ofAtLeast(int bytes) {
        if (bytes <= CHUNK_BYTES) return take();
        return bytes <= LARGE_BYTES ? takeLarge() : ByteBuffer.allocate(bytes);
    }

    private static ByteBuffer take(AtomicReferenceArray<@Nullable ByteBuffer> free, int bytes) {
        for (int i = 0; i < free.length(); i++) {
            ByteBuffer found = free.get(i);
            if (found != null && free.compareAndSet(i, found, null)) return found;
        }
        return ByteBuffer.allocate(bytes);
    }

    /** Takes a buffer back; one of another size, or one too many, is left to the collector. */
    static void give(ByteBuffer buffer) {
        switch (buffer.capacity()) {
            case CHUNK_BYTES -> give(CHUNKS, buffer);
            case LARGE_BYTES -> give(LARGE, buffer);
            default -> {}
        }
    }

    private static void give(AtomicReferenceArray<@Nullable ByteBuffer> free, ByteBuffer buffer) {
        buffer.clear();
        for (int i = 0; i < free.length(); i++) {
            if (free.get(i) == null && free.compareAndSet(i, null, buffer)) return;
        }
    }
}
