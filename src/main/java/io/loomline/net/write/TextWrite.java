package io.loomline.net.write;

import io.loomline.net.buffer.BufferPool;
import io.loomline.net.buffer.WriteBuffer;
import io.loomline.net.wire.GuardedChannel;

import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * A write of ASCII text that is longer than the write buffer. It is encoded part by part into a
 * pooled buffer. An array for the whole text would cost more than sending it.
 */
final class TextWrite implements StreamedWrite {
    private final String text;
    private final LongConsumer onSent;

    /** The part that is being sent. */
    private final WriteBuffer part = new WriteBuffer(() -> {});

    /** The number of characters that were passed to {@code part}. */
    private int encoded;

    /**
     * Creates a write.
     *
     * @param onSent receives the number of bytes sent in each step
     */
    TextWrite(String text, LongConsumer onSent) {
        this.text = text;
        this.onSent = onSent;
    }

    @Override
    public boolean sendTo(GuardedChannel channel) throws IOException {
        while (true) {
            if (part.isEmpty()) encode();
            if (!sendPart(channel)) return false;
            if (encoded == text.length()) return true;
            channel.requireOpen();
            channel.giveWay();
        }
    }

    private void encode() {
        int to = Math.min(text.length(), encoded + BufferPool.LARGE_BYTES);
        part.addAscii(text, encoded, to);
        encoded = to;
    }

    private boolean sendPart(GuardedChannel channel) throws IOException {
        int before = part.length();
        try {
            return part.sendTo(channel);
        } finally {
            onSent.accept(before - part.length());
        }
    }

    @Override
    public boolean isPartial() {
        int sent = encoded - part.length();
        return 0 < sent && sent < text.length();
    }
}
