package io.loomline.net.buffer;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A small pool of buffers. A connection takes a buffer when bytes arrive and returns it when they
 * have been read, so about as many are in use as threads run at the same time.
 */
public final class BufferPool {
    /** The size of a read from the kernel, unless the previous read filled its buffer. */
    public static final int CHUNK_BYTES = 16 * 1024;

    /** The size of a read after one that filled its buffer: streams need a quarter of the calls. */
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

    /** An empty buffer of {@link #CHUNK_BYTES}, or a smaller one if that is enough. */
    static ByteBuffer take(int enoughBytes) {
        return enoughBytes < CHUNK_BYTES ? ByteBuffer.allocate(enoughBytes) : take();
    }

    /** An empty buffer of at least the given capacity. */
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

    /**
     * Returns a buffer to the pool, which drops it if it is full or the buffer has another size.
     */
    static void release(ByteBuffer buffer) {
        switch (buffer.capacity()) {
            case CHUNK_BYTES -> release(CHUNKS, buffer);
            case LARGE_BYTES -> release(LARGE, buffer);
            default -> {}
        }
    }

    private static void release(
            AtomicReferenceArray<@Nullable ByteBuffer> free, ByteBuffer buffer) {
        buffer.clear();
        for (int i = 0; i < free.length(); i++) {
            if (free.get(i) == null && free.compareAndSet(i, null, buffer)) return;
        }
    }
}
