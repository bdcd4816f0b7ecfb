package io.loomline.net.wire;

import io.loomline.driver.ChannelFile;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.stream.Operation.Kind;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A file to send. */
public interface FileSource extends Closeable {
    /**
     * Sends a part of the file, without waiting for the peer. A failure of the file itself is
     * thrown unchanged.
     *
     * @return the number of bytes; 0 if the channel takes none now, -1 if the file ends here
     */
    long trySend(GuardedChannel channel, long position, long count) throws IOException;

    /** The present size in bytes; 0 if the file does not tell it. */
    long size() throws IOException;

    /** Opens a file, so that the kernel moves its bytes to the channel if it can. */
    static NotShortened open(Path path, GuardedChannel channel) throws IOException {
        FileSize.requireRegular(path);
        ChannelFile file;
        try {
            file = channel.unguarded().openFile(path);
        } catch (IOException e) {
            throw failed(e, channel);
        }
        if (file != null) return NotShortened.from(path, new Moved(file));
        return NotShortened.from(path, new Copied(FileSize.open(path)));
    }

    private static IOException failed(IOException e, GuardedChannel channel) {
        return channel.failed(Kind.WRITE, e, "sending a file to");
    }

    /** A file whose bytes the kernel moves. */
    record Moved(ChannelFile file) implements FileSource {
        @Override
        public long trySend(GuardedChannel channel, long position, long count) throws IOException {
            TimeSlice.spend(count);
            try {
                long taken = file.trySend(position, count);
                channel.sent(Math.max(taken, 0));
                return taken;
            } catch (FileSystemException e) {
                throw e;
            } catch (IOException e) {
                throw failed(e, channel);
            }
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
            TimeSlice.spend(count);
            try {
                long taken =
                        UninterruptibleIo.run(() -> {
                            long step = channel.unguarded().tryWriteFrom(file, position, count);
                            return step == 0 && hasEnded(position) ? -1 : step;
                        });
                channel.sent(Math.max(taken, 0));
                return taken;
            } catch (IOException e) {
                if (!file.isOpen() || !isReadable(position)) throw e;
                throw failed(e, channel);
            }
        }

        /** Whether the file can be read, so that an error came from the channel. */
        private boolean isReadable(long position) {
            try {
                UninterruptibleIo.run(() -> file.read(ByteBuffer.allocate(1), position));
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        /** Reads from the file, because the size of a file such as those in /proc is 0. */
        private boolean hasEnded(long position) throws IOException {
            return file.read(ByteBuffer.allocate(1), position) < 0;
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

    /** A file that must not become shorter while it is sent. */
    record NotShortened(FileSource file, FileSize sizeAtOpen) implements FileSource {
        private static NotShortened from(Path path, FileSource file) throws IOException {
            try {
                return new NotShortened(file, new FileSize(path, file.size()));
            } catch (Throwable e) {
                file.close();
                throw e;
            }
        }

        @Override
        public long trySend(GuardedChannel channel, long position, long count) throws IOException {
            long sent = file.trySend(channel, position, count);
            if (sent < 0) sizeAtOpen.requireNotShortened(position, file.size());
            return sent;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
