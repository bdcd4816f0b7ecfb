package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Moves bytes between a socket and a buffer, and advances the buffer's position: recv(2), send(2).
 *
 * <p>A compiled call allocates nothing if the compiler inlines the native call. Receiving and
 * sending therefore stay separate: a common method for both exceeds the inlining limits. The
 * kernel's error number goes to a cell outside the heap, because the JVM would copy a cell in the
 * heap.
 */
@SuppressWarnings("restricted")
final class SocketIo {
    /** Longer calls would delay the garbage collector, which waits for critical calls. */
    static final int STEP_BYTES = 512 * 1024;

    private static final int MSG_DONTWAIT = 0x40;

    // https://man7.org/linux/man-pages/man2/send.2.html
    // "Don't generate a SIGPIPE signal if the peer on a stream-oriented socket has closed the
    // connection."
    private static final int MSG_NOSIGNAL = 0x4000;

    // https://man7.org/linux/man-pages/man2/send.2.html
    // "The caller has more data to send."
    private static final int MSG_MORE = 0x8000;

    private static final MethodHandle RECV =
            Libc.criticalReturning(JAVA_LONG, "recv", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SEND =
            Libc.criticalReturning(JAVA_LONG, "send", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    /** All memory. The cells are slices of it, which the compiler optimizes away. */
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /**
     * Addresses of the cells of descriptors with neighbouring numbers. Each has two, because one
     * thread may read while another writes. Never freed, because the kernel assigns the lowest free
     * number.
     */
    private static final ConcurrentHashMap<Integer, Long> BLOCKS = new ConcurrentHashMap<>();

    private static final int CELLS_IN_BLOCK = 1024;

    private SocketIo() {}

    private static MemorySegment cell(int index) {
        long block = Objects.requireNonNull(BLOCKS.get(index / CELLS_IN_BLOCK));
        return MEMORY.asSlice(
                block + index % CELLS_IN_BLOCK * JAVA_INT.byteSize(), JAVA_INT.byteSize());
    }

    /**
     * Makes the cells of a descriptor. Done before its first transfer, because a rare path in the
     * transfer would make the JVM deoptimize and recompile it.
     */
    static void prepare(int descriptor) {
        BLOCKS.computeIfAbsent(
                2 * descriptor / CELLS_IN_BLOCK,
                _ -> Arena.global().allocate(JAVA_INT, CELLS_IN_BLOCK).address());
    }

    /**
     * Receives bytes into the buffer.
     *
     * @return the number of bytes; 0 at the end of the input; a negative error number
     */
    static int receive(Descriptor from, ByteBuffer target) throws ClosedChannelException {
        int number = from.enter();
        try {
            MemorySegment errno = cell(2 * number);
            // separate calls, so that each has a segment of one class, which is optimized away
            long moved =
                    target.hasArray()
                            ? recv(errno, number, array(target))
                            : recv(errno, number, MemorySegment.ofBuffer(target));
            return moved(target, moved, errno);
        } finally {
            from.exit();
        }
    }

    /**
     * Sends bytes of the buffer.
     *
     * @return the number of bytes taken; a negative error number
     */
    static int send(Descriptor to, ByteBuffer source, boolean more) throws ClosedChannelException {
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
        int number = to.enter();
        try {
            MemorySegment errno = cell(2 * number + 1);
            long moved =
                    source.hasArray()
                            ? send(errno, number, array(source), flags)
                            : send(errno, number, MemorySegment.ofBuffer(source), flags);
            return moved(source, moved, errno);
        } finally {
            to.exit();
        }
    }

    private static long recv(MemorySegment errno, int from, MemorySegment target) {
        try {
            return (long) RECV.invokeExact(errno, from, target, step(target), MSG_DONTWAIT);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static long send(MemorySegment errno, int to, MemorySegment source, int flags) {
        try {
            return (long) SEND.invokeExact(errno, to, source, step(source), flags);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static long step(MemorySegment bytes) {
        return Math.min(bytes.byteSize(), STEP_BYTES);
    }

    private static MemorySegment array(ByteBuffer buffer) {
        return MemorySegment.ofArray(buffer.array())
                .asSlice(buffer.arrayOffset() + buffer.position(), buffer.remaining());
    }

    private static int moved(ByteBuffer buffer, long moved, MemorySegment errno) {
        if (moved < 0) return -errno.get(JAVA_INT, 0);
        assert moved <= buffer.remaining() : moved + " bytes moved, " + buffer + " expected";
        buffer.position(buffer.position() + (int) moved);
        return (int) moved;
    }
}
