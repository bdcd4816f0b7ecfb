package io.loomline.net.write;

import io.loomline.net.buffer.Ranges;
import io.loomline.net.wire.FileSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Sends files through an output. Each part of a file is one write. */
public final class FileSender {
    private final Output output;

    public FileSender(Output output) {
        this.output = output;
    }

    /**
     * Sends a part of a file.
     *
     * @return the number of bytes; less than {@code count} if the file ends first
     */
    public long send(FileChannel source, long position, long count)
            throws IOException, InterruptedException {
        Objects.requireNonNull(source, "source");
        Ranges.requireNotNegative("position", position);
        Ranges.requireNotNegative("count", count);
        output.begin();
        try {
            if (count <= output.bufferBytes()) return sendWhole(source, position, (int) count);
            return sendLarge(new FileSource.Copied(source), position, count);
        } finally {
            output.end();
        }
    }

    /** Does the same for a file that it opens. */
    public long send(Path source, long position, long count)
            throws IOException, InterruptedException {
        Objects.requireNonNull(source, "source");
        Ranges.requireNotNegative("position", position);
        Ranges.requireNotNegative("count", count);
        if (count <= output.bufferBytes()) {
            try (FileChannel file = FileChannel.open(source, StandardOpenOption.READ)) {
                return send(file, position, count);
            }
        }
        try (FileSource file = FileSource.open(source, output.channel())) {
            output.begin();
            try {
                return sendLarge(file, position, count);
            } finally {
                output.end();
            }
        }
    }

    private long sendWhole(FileChannel source, long position, int count)
            throws IOException, InterruptedException {
        ByteBuffer bytes = FileWrite.read(source, position, count);
        int length = bytes.remaining();
        if (length > 0) output.writeWhole(length, bytes);
        return length;
    }

    private long sendLarge(FileSource source, long position, long count)
            throws IOException, InterruptedException {
        var write = new FileWrite(source, position, count, output::taken);
        output.sendLarge(write);
        return write.sentBytes();
    }
}
