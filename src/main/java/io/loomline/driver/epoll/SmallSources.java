package io.loomline.driver.epoll;

import io.loomline.concurrent.ByteBufferPool;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes several buffers with few system calls. Small ones that follow each other are copied into
 * one buffer, because a call costs as much as copying several KB. The vector of writev(2) would
 * need memory outside the heap, so a copy as well.
 */
final class SmallSources {
    /**
     * Sources of at least this size are sent without a copy. Measured with sources of equal size:
     * below it a copy is faster than a call for each source, above it both take the same time.
     */
    private static final int LARGE_BYTES = 16 * 1024;

    private static final ByteBufferPool COPIES = new ByteBufferPool(64 * 1024, 8);

    private SmallSources() {}

    /** Writes one buffer. */
    interface Write {
        /**
         * Takes as many bytes as can be taken now.
         *
         * @param more whether further bytes follow at once
         */
        int run(ByteBuffer source, boolean more) throws IOException;
    }

    /** Writes as many bytes as can be taken now. Returns their number. */
    static long write(Write write, ByteBuffer[] sources, int offset, int length)
            throws IOException {
        int end = offset + length;
        while (end > offset && !sources[end - 1].hasRemaining()) end--;
        long taken = 0;
        int at = offset;
        while (at < end) {
            int next = endOfSmall(sources, at, end);
            if (next > at + 1) {
                taken += writeCopy(write, sources, at, next, next < end);
            } else {
                next = at + 1;
                if (sources[at].hasRemaining()) taken += write.run(sources[at], next < end);
            }
            if (sources[next - 1].hasRemaining()) break;
            at = next;
        }
        return taken;
    }

    /** The index after the last of the small sources from the first on that fit into one copy. */
    private static int endOfSmall(ByteBuffer[] sources, int first, int end) {
        int room = COPIES.capacityBytes();
        int at = first;
        while (at < end && sources[at].remaining() < LARGE_BYTES) {
            room -= sources[at].remaining();
            if (room < 0) break;
            at++;
        }
        return at;
    }

    private static int writeCopy(
            Write write, ByteBuffer[] sources, int first, int end, boolean more)
            throws IOException {
        ByteBuffer copy = COPIES.take();
        try {
            for (int i = first; i < end; i++) copy.put(sources[i].duplicate());
            int taken = write.run(copy.flip(), more);
            advance(sources, first, taken);
            return taken;
        } finally {
            COPIES.release(copy);
        }
    }

    private static void advance(ByteBuffer[] sources, int first, int count) {
        int left = count;
        for (int i = first; left > 0; i++) {
            int step = Math.min(left, sources[i].remaining());
            sources[i].position(sources[i].position() + step);
            left -= step;
        }
    }
}
