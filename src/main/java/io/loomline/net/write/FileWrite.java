package io.loomline.net.write;

import io.loomline.net.wire.FileSource;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.UninterruptibleIo;
import io.loomline.task.Task;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/** A write of a part of a file that bypasses the write buffer. */
public final class FileWrite implements StreamedWrite {
    /** The number of bytes sent between two checks for a cancel or a close. */
    private static final long STEP_BYTES = 1024 * 1024;

    private final FileSource source;
    private final long position;
    private final long count;
    private final LongConsumer onSent;
    private long sentBytes;
    private boolean ended;

    /**
     * Creates a write.
     *
     * @param onSent receives the number of bytes sent in each step
     */
    FileWrite(FileSource source, long position, long count, LongConsumer onSent) {
        this.onSent = onSent;
        this.source = source;
        this.position = position;
        this.count = count;
    }

    @Override
    public boolean sendTo(GuardedChannel channel) throws IOException, InterruptedException {
        while (sentBytes < count) {
            long step = Math.min(count - sentBytes, STEP_BYTES);
            long taken = source.trySend(channel, position + sentBytes, step);
            if (taken == 0) return false;
            if (taken < 0) {
                ended = true;
                return true;
            }
            sentBytes += taken;
            onSent.accept(taken);
            channel.requireOpen();
            if (sentBytes < count) Task.checkCancelled();
        }
        return true;
    }

    long sentBytes() {
        return sentBytes;
    }

    @Override
    public boolean isPartial() {
        return sentBytes > 0 && sentBytes < count && !ended;
    }

    /** Reads a small part of a file; fewer bytes if the file ends first. */
    public static ByteBuffer read(FileChannel source, long position, int count) throws IOException {
        var bytes = ByteBuffer.allocate(count);
        UninterruptibleIo.run(() -> {
            long read = 0;
            while (read >= 0 && bytes.hasRemaining()) {
                read = source.read(bytes, position + bytes.position());
            }
            return bytes.position();
        });
        return bytes.flip();
    }
}
