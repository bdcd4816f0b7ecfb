package io.loomline.driver.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A pipe through which the kernel moves bytes from socket to socket: splice(2). Used by one thread
 * at a time.
 */
final class Pipe {
    private static final MethodHandle PIPE = Libc.critical("pipe2", ADDRESS, JAVA_INT);
    private static final MethodHandle SPLICE =
            Libc.criticalReturning(
                    JAVA_LONG, "splice", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RESIZE =
            Libc.criticalVariadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle READ =
            Libc.criticalReturning(JAVA_LONG, "read", JAVA_INT, ADDRESS, JAVA_LONG);

    /** O_NONBLOCK and O_CLOEXEC. */
    private static final int FLAGS = 0x800 | 0x80000;

    /** SPLICE_F_MOVE and SPLICE_F_NONBLOCK. */
    private static final int SPLICE_FLAGS = 1 | 2;

    private static final int F_SETPIPE_SZ = 1031;

    /**
     * The largest size that every user may set. It decides the number of pieces, each of which is
     * often smaller than a page. A pipe of 64 KiB, the default, takes 1.3 of the CPU per byte.
     */
    private static final int PIPE_BYTES = 1024 * 1024;

    /** Longer calls would delay the garbage collector, which waits for critical calls. */
    private static final int STEP_BYTES = 512 * 1024;

    private final MemorySegment errno = Arena.ofAuto().allocate(JAVA_INT);

    // set once, by the thread that opens the pipe
    private int readEnd;
    private int writeEnd;

    private Pipe() {}

    /** Returns null if there are no descriptors or no memory for a pipe. */
    static @Nullable Pipe open() {
        // allocated before there are descriptors, which an OutOfMemoryError would leave open
        var pipe = new Pipe();
        return pipe.openEnds() ? pipe : null;
    }

    private boolean openEnds() {
        var ends = new int[2];
        var segment = MemorySegment.ofArray(ends);
        if (Libc.run(e -> (int) PIPE.invokeExact(e, segment, FLAGS)) < 0) return false;
        readEnd = ends[0];
        writeEnd = ends[1];
        try {
            // an unprivileged user may be refused; then the pipe keeps its size
            int _ = (int) RESIZE.invokeExact(errno, readEnd, F_SETPIPE_SZ, PIPE_BYTES);
            return true;
        } catch (Throwable e) {
            close();
            throw Libc.unexpected(e);
        }
    }

    /** Returns the number of bytes moved from the socket, or a negative error number. */
    int fill(int socket) {
        return splice(socket, writeEnd, STEP_BYTES);
    }

    /** Returns the number of bytes moved to the socket, or a negative error number. */
    int drain(int socket, int count) {
        return splice(readEnd, socket, count);
    }

    private int splice(int from, int to, long count) {
        try {
            long moved;
            do {
                moved =
                        (long)
                                SPLICE.invokeExact(
                                        errno,
                                        from,
                                        MemorySegment.NULL,
                                        to,
                                        MemorySegment.NULL,
                                        count,
                                        SPLICE_FLAGS);
            } while (moved < 0 && errno.get(JAVA_INT, 0) == Errno.EINTR);
            return moved < 0 ? -errno.get(JAVA_INT, 0) : (int) moved;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Takes so many bytes out. */
    byte[] take(int count) throws IOException {
        var bytes = new byte[count];
        var target = MemorySegment.ofArray(bytes);
        for (int at = 0, read; at < count; at += read) {
            MemorySegment rest = target.asSlice(at);
            do {
                read =
                        Libc.run(e ->
                                (int) (long) READ.invokeExact(e, readEnd, rest, rest.byteSize()));
            } while (read == -Errno.EINTR);
            if (read <= 0) throw Errno.ofTransfer(-read);
        }
        return bytes;
    }

    void close() {
        Libc.close(readEnd);
        Libc.close(writeEnd);
    }
}
