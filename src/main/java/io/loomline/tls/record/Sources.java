package io.loomline.tls.record;

import java.nio.ByteBuffer;

/**
 * The buffers of one write. An engine consumes them when it seals a record, but a byte counts as
 * taken only when the channel below has the record, so their positions are set at the end.
 */
final class Sources {
    final ByteBuffer[] buffers;
    final int offset;
    final int length;

    /** The number of bytes to be reported as taken. */
    long taken;

    private final int[] starts;

    Sources(ByteBuffer[] buffers, int offset, int length) {
        this.buffers = buffers;
        this.offset = offset;
        this.length = length;
        starts = new int[length];
        for (int i = 0; i < length; i++) starts[i] = buffers[offset + i].position();
    }

    boolean hasRemaining() {
        return remaining() > 0;
    }

    long remaining() {
        long sum = 0;
        for (int i = 0; i < length; i++) sum += buffers[offset + i].remaining();
        return sum;
    }

    /** Sets the positions behind the taken bytes. */
    void settle() {
        long left = taken;
        for (int i = 0; i < length; i++) {
            ByteBuffer buffer = buffers[offset + i];
            int step = (int) Math.min(left, buffer.limit() - starts[i]);
            buffer.position(starts[i] + step);
            left -= step;
        }
        assert left == 0 : left + " bytes were sealed that were not offered again";
    }
}
