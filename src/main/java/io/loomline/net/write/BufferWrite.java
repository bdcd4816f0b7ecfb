package io.loomline.net.write;

import io.loomline.net.wire.GuardedChannel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * A write of several buffers that bypasses the write buffer. It goes in steps, between which it
 * sees a close and gives way to other threads: a peer that keeps up would never make it wait.
 */
public final class BufferWrite implements StreamedWrite {
    private static final int STEP_BYTES = 1024 * 1024;

    private final ByteBuffer[] sources;

    /** The index of the first source that may have bytes. */
    private int first;

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
        while (trySendStep(channel)) {
            if (first == sources.length) return true;
            channel.requireOpen();
            channel.giveWay();
        }
        return false;
    }

    /**
     * Sends as many whole sources as a step holds, or a part of one. Returns whether it is sent.
     */
    private boolean trySendStep(GuardedChannel channel) throws IOException {
        int end = first;
        long length = 0;
        while (end < sources.length && length + sources[end].remaining() <= STEP_BYTES) {
            length += sources[end++].remaining();
        }
        if (end == first) return trySendPart(channel, sources[first]);
        boolean sent = trySend(channel, Arrays.copyOfRange(sources, first, end));
        if (sent) first = end;
        return sent;
    }

    private boolean trySendPart(GuardedChannel channel, ByteBuffer source) throws IOException {
        int limit = source.limit();
        source.limit(source.position() + STEP_BYTES);
        try {
            return trySend(channel, source);
        } finally {
            source.limit(limit);
        }
    }

    private boolean trySend(GuardedChannel channel, ByteBuffer... step) throws IOException {
        long before = GuardedChannel.remaining(step);
        try {
            return channel.tryWrite(step);
        } finally {
            onSent.accept(before - GuardedChannel.remaining(step));
        }
    }

    @Override
    public boolean isPartial() {
        long left = GuardedChannel.remaining(sources);
        return 0 < left && left < length;
    }
}
