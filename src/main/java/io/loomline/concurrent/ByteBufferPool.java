package io.loomline.concurrent;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A small pool of buffers of one size. A thread takes a buffer to work and returns it before it
 * waits, so about as many are in use as threads run at the same time.
 */
public final class ByteBufferPool {
    private final int capacityBytes;
    private final AtomicReferenceArray<@Nullable ByteBuffer> free;

    /**
     * An empty pool.
     *
     * @param capacityBytes the capacity of each buffer
     * @param size the largest number of buffers that the pool keeps
     */
    public ByteBufferPool(int capacityBytes, int size) {
        this.capacityBytes = capacityBytes;
        this.free = new AtomicReferenceArray<>(size);
    }

    public int capacityBytes() {
        return capacityBytes;
    }

    /** A cleared buffer, with an array behind it. */
    public ByteBuffer take() {
        for (int i = 0; i < free.length(); i++) {
            ByteBuffer found = free.get(i);
            if (found != null && free.compareAndSet(i, found, null)) return found;
        }
        return ByteBuffer.allocate(capacityBytes);
    }

    /**
     * Returns a buffer to the pool, which drops it if it is full or the buffer has another size.
     */
    public void release(ByteBuffer buffer) {
        if (buffer.capacity() != capacityBytes) return;
        buffer.clear();
        for (int i = 0; i < free.length(); i++) {
            if (free.get(i) == null && free.compareAndSet(i, null, buffer)) return;
        }
    }
}
