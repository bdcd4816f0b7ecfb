package io.loomline.net.write;

import io.loomline.driver.ChannelFile;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.UninterruptibleIo;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file to send. */
interface FileSource extends Closeable {
    /**
     * Sends a part of the file, without waiting for the peer.
     *
     * @return the number of bytes; 0 if the channel takes none now, -1 if the file ends here
     */
    long trySend(GuardedChannel channel, long position, long count) throws IOException;

    /** The present size in bytes; 0 if the file does not tell it. */
    long size() throws IOException;

    /** Opens a file, so that the kernel moves its bytes to the channel if it can. */
    static FileSource open(Path path, GuardedChannel channel) throws IOException {
        ChannelFile file = channel.openFile(path);
        if (file != null) return Unchanged.from(path, new Moved(file));
        return Unchanged.from(path, new Copied(FileChannel.open(path, StandardOpenOption.READ)));
    }

    /** A file whose bytes the kernel moves. */
    record Moved(ChannelFile file) implements FileSource {
        @Override
        public long trySend(GuardedChannel channel, long position, long count) throws IOException {
            return channel.tryWriteFrom(file, position, count);
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** A file that the JDK has opened. */
    record Copied(FileChannel file) implements FileSource {
        @Override
        public long trySend(GuardedChannel channel, long position, long count) throws IOException {
            return channel.tryWriteFrom(file, position, count);
        }

        @Override
        public long size() throws IOException {
            return UninterruptibleIo.run(file::size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** A file that must not become shorter while it is sent: its end would be taken for the end. */
    record Unchanged(Path path, FileSource file, long size) implements FileSource {
        static Unchanged from(Path path, FileSource file) throws IOException {
            try {
                return new Unchanged(path, file, file.size());
            } catch (Throwable e) {
                file.close();
                throw e;
            }
        }

        @Override
        public long trySend(GuardedChannel channel, long position, long count) throws IOException {
            long sent = file.trySend(channel, position, count);
            if (sent < 0 && file.size() < size) {
                throw new EOFException(
                        "%s ended at byte %d while it was sent: expected the size at the start, %d"
                                .formatted(path, position, size));
            }
            return sent;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
