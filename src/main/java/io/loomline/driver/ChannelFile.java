package io.loomline.driver;

import java.io.Closeable;
import java.io.IOException;

/**
 * A file whose bytes the kernel moves to one channel without a copy. See {@link Channel#openFile}.
 *
 * <p><i>Threads:</i> only the thread that has opened it may use and close it, as the channel's
 * writer.
 */
public interface ChannelFile extends Closeable {
    /**
     * Sends as many bytes as the channel can take now. Never waits for the peer, but may wait for
     * the disk.
     *
     * @param position the index of the first byte in the file
     * @param count the maximum number of bytes, at least 1
     * @return the number of bytes taken; 0 if none can be taken now, -1 if the file ends here
     * @throws java.nio.file.FileSystemException if the file cannot be read
     * @throws IOException as {@link Channel#tryWrite(java.nio.ByteBuffer)} does
     */
    long trySend(long position, long count) throws IOException;

    /**
     * The present size of the file, which files like those of procfs do not report.
     *
     * @return the size in bytes; 0 if it is unknown
     */
    long size();

    @Override
    void close();
}
