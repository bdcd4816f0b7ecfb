package io.loomline.net.buffer;

import io.loomline.concurrent.ByteBufferPool;

import java.nio.ByteBuffer;

/**
 * The buffers of connections. A connection takes a buffer when bytes arrive and returns it when
 * they have been read, so about as many are in use as threads run at the same time.
 */
public final class BufferPool {
    /** The size of a read from the kernel, unless the previous read filled its buffer. */
    public static final int CHUNK_BYTES = 16 * 1024;

    /** The size of a read after one that filled its buffer: streams need a quarter of the calls. */
    public static final int LARGE_BYTES = 64 * 1024;

    /** The sizes of buffers for the rest of what has come. */
    private static final int SMALL_BYTES = 1024;

    private static final int MEDIUM_BYTES = 4 * 1024;

    private static final ByteBufferPool SMALL = new ByteBufferPool(SMALL_BYTES, 32);
    private static final ByteBufferPool MEDIUM = new ByteBufferPool(MEDIUM_BYTES, 16);
    private static final ByteBufferPool CHUNKS = new ByteBufferPool(CHUNK_BYTES, 32);
    private static final ByteBufferPool LARGE = new ByteBufferPool(LARGE_BYTES, 8);

    private BufferPool() {}

    /** An empty buffer of {@link #CHUNK_BYTES}, with an array behind it. */
    static ByteBuffer take() {
        return CHUNKS.take();
    }

    /** An empty buffer of {@link #LARGE_BYTES}, with an array behind it. */
    static ByteBuffer takeLarge() {
        return LARGE.take();
    }

    /** An empty buffer of {@link #CHUNK_BYTES}, or a smaller one if that is enough. */
    static ByteBuffer take(int enoughBytes) {
        return enoughBytes < CHUNK_BYTES ? ByteBuffer.allocate(enoughBytes) : take();
    }

    /**
     * An empty buffer for a number of bytes: of the pool if one of its sizes is within a bound, and
     * of exactly that number otherwise.
     */
    static ByteBuffer takeFor(int bytes, long most) {
        if (bytes <= SMALL_BYTES && SMALL_BYTES <= most) return SMALL.take();
        if (bytes <= MEDIUM_BYTES && MEDIUM_BYTES <= most) return MEDIUM.take();
        return ByteBuffer.allocate(bytes);
    }

    /** An empty buffer of at least the given capacity. */
    static ByteBuffer ofAtLeast(int bytes) {
        if (bytes <= CHUNK_BYTES) return take();
        return bytes <= LARGE_BYTES ? takeLarge() : ByteBuffer.allocate(bytes);
    }

    /**
     * Returns a buffer to the pool, which drops it if it is full or the buffer has another size.
     */
    static void release(ByteBuffer buffer) {
        switch (buffer.capacity()) {
            case SMALL_BYTES -> SMALL.release(buffer);
            case MEDIUM_BYTES -> MEDIUM.release(buffer);
            case CHUNK_BYTES -> CHUNKS.release(buffer);
            case LARGE_BYTES -> LARGE.release(buffer);
            default -> {}
        }
    }
}
