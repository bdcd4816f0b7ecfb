package io.loomline.net.write;

import io.loomline.net.wire.GuardedChannel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** What several buffers hold, on its way to the wire. */
public final class BufferWrite implements StreamedWrite {
    private final ByteBuffer[] sources;
    private final long length;
    private final LongConsumer onSent;

    /** Tells after each step how many bytes were sent in it. */
    BufferWrite(ByteBuffer[] sources, long length, LongConsumer onSent) {
        this.sources = sources;
        this.length = length;
        this.onSent = onSent;
    }

    @Override
    public boolean sendTo(GuardedChannel wire) throws IOException {
        long before = GuardedChannel.remaining(sources);
        try {
            return wire.tryWrite(sources);
        } finally {
            onSent.accept(before - GuardedChannel.remaining(sources));
        }
    }

    @Override
    public boolean isCut() {
        long left = GuardedChannel.remaining(sources);
        return 0 < left && left < length;
    }
}
