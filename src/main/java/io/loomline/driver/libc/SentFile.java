package io.loomline.driver.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.Channel;
import io.loomline.driver.ChannelFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that the kernel sends over a socket: sendfile(2). Its bytes are copied if the file system
 * does not support that.
 *
 * <p>The calls may wait for the disk, so they are not critical. The thread stays on its carrier.
 */
public final class SentFile implements ChannelFile {
    private static final MethodHandle OPEN = Libc.blockingVariadic("open", 2, ADDRESS, JAVA_INT);
    private static final MethodHandle SENDFILE =
            Libc.blockingReturning(JAVA_LONG, "sendfile", JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle PREAD =
            Libc.blockingReturning(JAVA_LONG, "pread", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SEEK =
            Libc.blockingReturning(JAVA_LONG, "lseek", JAVA_INT, JAVA_LONG, JAVA_INT);

    /** O_RDONLY and O_CLOEXEC; and O_NONBLOCK, in case it has become a pipe. */
    private static final int FLAGS = 0x80000 | 0x800;

    private static final int SEEK_END = 2;
    private static final int COPY_BYTES = 64 * 1024;

    private final Path path;
    private final int number;
    private final Channel channel;
    private final SocketMove output;
    private final Arena arena;
    private final MemorySegment errno;
    private final MemorySegment offset;

    /** Holds copied bytes; null while the kernel moves them. */
    private @Nullable MemorySegment copy;

    private SentFile(Path path, Channel channel, SocketMove output, Arena arena)
            throws IOException {
        this.path = path;
        this.channel = channel;
        this.output = output;
        this.arena = arena;
        errno = arena.allocate(JAVA_INT);
        offset = arena.allocate(JAVA_LONG);
        byte[] name = path.toAbsolutePath().toString().getBytes(Libc.FILE_NAMES);
        MemorySegment bytes = arena.allocate(name.length + 1L);
        MemorySegment.copy(name, 0, bytes, JAVA_BYTE, 0, name.length);
        number = (int) result(() -> (int) OPEN.invokeExact(errno, bytes, FLAGS));
        if (number < 0) throw failure(-number);
    }

    /**
     * Opens a file.
     *
     * @param channel sends the bytes that have to be copied
     * @param output moves the others to the socket of that channel
     * @return null if the file is not a regular one or cannot be opened
     */
    @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the file
    public static @Nullable SentFile open(Path path, Channel channel, SocketMove output) {
        boolean isRegular =
                path.getFileSystem() == FileSystems.getDefault() && Files.isRegularFile(path);
        if (!isRegular) return null;
        Arena arena = Arena.ofConfined();
        try {
            return new SentFile(path, channel, output, arena);
        } catch (IOException e) { // opening it through the JDK tells the same
            arena.close();
            return null;
        }
    }

    /** A call of the C library. */
    private interface Call {
        long run() throws Throwable;
    }

    /** Returns the result of a call, or the negative error number. */
    private long result(Call call) {
        try {
            long returned;
            do returned = call.run();
            while (returned < 0 && errno.get(JAVA_INT, 0) == Errno.EINTR);
            return returned < 0 ? -errno.get(JAVA_INT, 0) : returned;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private FileSystemException failure(int errno) {
        return new FileSystemException(path.toString(), null, Libc.message(errno));
    }

    @Override
    public long trySend(long position, long count) throws IOException {
        if (copy != null) return tryCopy(copy, position, count);
        long moved = trySendfile(position, count);
        if (moved > 0) return moved;
        return switch ((int) -moved) {
            case 0 -> -1; // the file ends here
            case Errno.EAGAIN -> 0;
            // EOVERFLOW: the position is beyond the files that the file system announces
            case Errno.EINVAL, Errno.ENOSYS, Errno.EOVERFLOW ->
                    tryCopy(copy = arena.allocate(COPY_BYTES), position, count);
            default -> throw failure((int) -moved);
        };
    }

    private long trySendfile(long position, long count) throws IOException {
        offset.set(JAVA_LONG, 0, position);
        return output.run(socket ->
                result(() -> (long) SENDFILE.invokeExact(errno, socket, number, offset, count)));
    }

    private long tryCopy(MemorySegment bytes, long position, long count) throws IOException {
        long most = Math.min(count, bytes.byteSize());
        long read = result(() -> (long) PREAD.invokeExact(errno, number, bytes, most, position));
        if (read < 0) throw failure((int) -read);
        return read == 0 ? -1 : channel.tryWrite(bytes.asSlice(0, read).asByteBuffer());
    }

    @Override
    public long size() {
        return Math.max(0, result(() -> (long) SEEK.invokeExact(errno, number, 0L, SEEK_END)));
    }

    @Override
    public void close() {
        if (!arena.scope().isAlive()) return;
        Libc.close(number);
        arena.close();
    }
}
