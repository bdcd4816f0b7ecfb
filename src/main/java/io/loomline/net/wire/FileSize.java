package io.loomline.net.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The size of a file when it was opened. It bounds what is sent, so that a file that grows as fast
 * as it is sent has an end.
 *
 * @param path the file
 * @param bytes the size; 0 if the file does not report it, as those of procfs
 */
public record FileSize(Path path, long bytes) {
    /**
     * Opens a regular file for reading.
     *
     * @throws FileSystemException if it is not a regular file
     */
    public static FileChannel open(Path path) throws IOException {
        requireRegular(path);
        return FileChannel.open(path, StandardOpenOption.READ);
    }

    /** Called before the file is opened: to open a FIFO blocks until it has a writer. */
    static void requireRegular(Path path) throws IOException {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isRegularFile()) return;
        String found = attributes.isDirectory() ? "a directory" : "a FIFO, socket or device";
        throw new FileSystemException(
                path.toString(), null, "expected a regular file, found " + found);
    }

    /** The size of a file that has just been opened. */
    public static FileSize of(Path path, FileChannel file) throws IOException {
        return new FileSize(path, UninterruptibleIo.run(file::size));
    }

    /** How many of the bytes from a position on are sent. */
    public long most(long position, long count) {
        return bytes == 0 ? count : Math.clamp(bytes - position, 0, count);
    }

    /**
     * Called when the file has ended before the bytes that were to be sent: the peer would take a
     * part for the whole.
     *
     * @param endedAt the number of the bytes before the end
     * @param present the present size
     * @throws EOFException if the file was shortened. Files of sysfs report more bytes than they
     *     have, which is no error.
     */
    public void requireNotShortened(long endedAt, long present) throws EOFException {
        if (present >= bytes) return;
        throw new EOFException(
                "%s ended at byte %d while it was sent: expected the size at the start, %d"
                        .formatted(path, endedAt, bytes));
    }
}
