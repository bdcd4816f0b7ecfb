package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
 * <p>A call allocates nothing. That is why the kernel's error number goes to a cell outside the
 * heap: the JVM would copy a cell in the heap.
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
     * Returns the number of bytes received, 0 at the end of the input, or a negative error number.
     */
    static int receive(Descriptor from, ByteBuffer target) throws ClosedChannelException {
        return move(false, from, target, MSG_DONTWAIT);
    }

    /** Returns the number of bytes taken, or a negative error number. */
    static int send(Descriptor to, ByteBuffer source, boolean more) throws ClosedChannelException {
        return move(true, to, source, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    }

    private static int move(boolean out, Descriptor socket, ByteBuffer buffer, int flags)
            throws ClosedChannelException {
        int number = socket.enter();
        try {
            return move(out, number, buffer, flags);
        } finally {
            socket.exit();
        }
    }

    private static int move(boolean out, int socket, ByteBuffer buffer, int flags) {
        MemorySegment errno = cell(2 * socket + (out ? 1 : 0));
        long bytes = Math.min(buffer.remaining(), STEP_BYTES);
        long moved;
        try {
            // separate calls, so that each has a segment of one class, which is optimized away
            if (buffer.hasArray()) {
                MemorySegment array = array(buffer);
                moved =
                        out
                                ? (long) SEND.invokeExact(errno, socket, array, bytes, flags)
                                : (long) RECV.invokeExact(errno, socket, array, bytes, flags);
            } else {
                MemorySegment memory = MemorySegment.ofBuffer(buffer);
                moved =
                        out
                                ? (long) SEND.invokeExact(errno, socket, memory, bytes, flags)
                                : (long) RECV.invokeExact(errno, socket, memory, bytes, flags);
            }
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
        if (moved < 0) return -errno.get(JAVA_INT, 0);
        assert moved <= bytes : moved + " bytes moved, at most " + bytes + " expected";
        buffer.position(buffer.position() + (int) moved);
        return (int) moved;
    }

    private static MemorySegment array(ByteBuffer buffer) {
        return MemorySegment.ofArray(buffer.array())
                .asSlice(buffer.arrayOffset() + buffer.position(), buffer.remaining());
    }
}
