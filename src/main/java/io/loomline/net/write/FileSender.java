package io.loomline.net.write;

import io.loomline.net.buffer.Ranges;
import io.loomline.net.wire.FileSize;
import io.loomline.net.wire.FileSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
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
        long most = requirePart(position, count);
        output.begin();
        try {
            if (most > output.bufferBytes()) {
                return sendLarge(new FileSource.Copied(source), position, most);
            }
            return sendWhole(FileWrite.read(source, position, (int) most));
        } finally {
            output.end();
        }
    }

    /** Does the same for a file that it opens, up to its size at that time. */
    public long send(Path source, long position, long count)
            throws IOException, InterruptedException {
        Objects.requireNonNull(source, "source");
        long most = requirePart(position, count);
        return most <= output.bufferBytes()
                ? sendSmall(source, position, (int) most)
                : sendLarge(source, position, most);
    }

    /** Returns the number of bytes that a file can have there: all positions are a {@code long}. */
    private static long requirePart(long position, long count) {
        Ranges.requireNotNegative("position", position);
        Ranges.requireNotNegative("count", count);
        return Math.min(count, Long.MAX_VALUE - position);
    }

    private long sendSmall(Path source, long position, int count)
            throws IOException, InterruptedException {
        try (FileChannel file = FileSize.open(source)) {
            FileSize size = FileSize.of(source, file);
            output.begin();
            try {
                int most = (int) size.most(position, count);
                ByteBuffer bytes = FileWrite.read(file, position, most);
                int length = bytes.remaining();
                if (length < most) size.requireNotShortened(position + length, file.size());
                return sendWhole(bytes);
            } finally {
                output.end();
            }
        }
    }

    private long sendLarge(Path source, long position, long count)
            throws IOException, InterruptedException {
        try (FileSource.NotShortened file = FileSource.open(source, output.channel())) {
            output.begin();
            try {
                return sendLarge(file, position, file.sizeAtOpen().most(position, count));
            } finally {
                output.end();
            }
        }
    }

    private long sendWhole(ByteBuffer bytes) throws IOException, InterruptedException {
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
