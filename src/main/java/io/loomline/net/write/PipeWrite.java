package io.loomline.net.write;

import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.GuardedPipe;

import java.io.IOException;
import java.util.function.LongConsumer;

/** A write of the bytes in a pipe of the kernel. Those not sent stay there, and can be read. */
final class PipeWrite implements StreamedWrite {
    private final GuardedPipe source;
    private final LongConsumer onSent;

    /**
     * Creates a write.
     *
     * @param onSent receives the number of bytes sent in each step
     */
    PipeWrite(GuardedPipe source, LongConsumer onSent) {
        this.source = source;
        this.onSent = onSent;
    }

    @Override
    public boolean sendTo(GuardedChannel channel) throws IOException {
        while (!source.isEmpty()) {
            int taken = source.tryDrain(channel);
            if (taken == 0) return false;
            if (taken == GuardedPipe.UNSUPPORTED) return true;
            onSent.accept(taken);
        }
        return true;
    }

    @Override
    public boolean isPartial() {
        return false;
    }
}
