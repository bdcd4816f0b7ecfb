package io.loomline.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Puts bytes into a file, one after another. */
final class FileSink implements ReadBuffer.Sink {
    private final FileChannel target;
    private long position;

    FileSink(FileChannel target, long position) {
        this.target = target;
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
