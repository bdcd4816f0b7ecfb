package io.loomline.net.write;

import io.loomline.net.wire.GuardedChannel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** A write of several buffers that bypasses the write buffer. */
public final class BufferWrite implements StreamedWrite {
    private final ByteBuffer[] sources;
    private final long length;
    private final LongConsumer onSent;

    /**
     * Creates a write.
     *
     * @param length the number of bytes in the sources
     * @param onSent receives the number of bytes sent in each step
     */
    BufferWrite(ByteBuffer[] sources, long length, LongConsumer onSent) {
        this.sources = sources;
        this.length = length;
        this.onSent = onSent;
    }

    @Override
    public boolean sendTo(GuardedChannel channel) throws IOException {
        long before = GuardedChannel.remaining(sources);
        try {
            return channel.tryWrite(sources);
        } finally {
            onSent.accept(before - GuardedChannel.remaining(sources));
        }
    }

    @Override
    public boolean isPartial() {
        long left = GuardedChannel.remaining(sources);
        return 0 < left && left < length;
    }
}
