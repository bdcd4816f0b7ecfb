package io.loomline.net.read;

import io.loomline.net.buffer.Ranges;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.UninterruptibleIo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;

/** Writes bytes to a file, from a position on. */
public final class FileSink implements ReadBuffer.Sink {
    private final FileChannel target;
    private long position;

    public FileSink(FileChannel target, long position) {
        Ranges.requireNotNegative("position", position);
        this.target = Objects.requireNonNull(target, "target");
        this.position = position;
    }

    @Override
    public void take(ByteBuffer bytes) throws IOException {
        UninterruptibleIo.run(() -> write(bytes));
    }

    private long write(ByteBuffer bytes) throws IOException {
        long before = position;
        while (bytes.hasRemaining()) position += target.write(bytes, position);
        return position - before;
    }
}
