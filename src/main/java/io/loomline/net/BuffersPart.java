package io.loomline.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** What several buffers hold, on its way to the wire. */
final class BuffersPart implements LargePart {
    private final ByteBuffer[] sources;
    private final long length;
    private final LongConsumer onSent;

    /** Tells after each step how many bytes were sent in it. */
    BuffersPart(ByteBuffer[] sources, long length, LongConsumer onSent) {
        this.sources = sources;
        this.length = length;
        this.onSent = onSent;
    }

    @Override
    public boolean sendTo(Wire wire) throws IOException {
        long before = Wire.remaining(sources);
        try {
            return wire.tryWrite(sources);
        } finally {
            onSent.accept(before - Wire.remaining(sources));
        }
    }

    @Override
    public boolean isCut() {
        long left = Wire.remaining(sources);
        return 0 < left && left < length;
    }
}
