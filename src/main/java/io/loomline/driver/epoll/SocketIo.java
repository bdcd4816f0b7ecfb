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
 * Moves bytes from and into the buffer itself, and moves its position: recv(2), send(2). It
 * allocates nothing, which is why the number of an error goes to a cell outside of the heap: one in
 * the heap the JVM would copy.
 */
@SuppressWarnings("restricted")
final class SocketIo {
    /** Longer calls would hold up the garbage collector, which waits for critical ones. */
    static final int STEP_BYTES = 512 * 1024;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_MORE = 0x8000;

    private static final MethodHandle RECV =
            Libc.criticalReturning(JAVA_LONG, "recv", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SEND =
            Libc.criticalReturning(JAVA_LONG, "send", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    /** All memory, of which the cells are slices: those need not exist, it is optimized. */
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /**
     * Addresses of the cells of descriptors with neighbouring numbers, two for each: one thread may
     * read while another writes. Never freed, as the kernel gives out the lowest number that is
     * free.
     */
    private static final ConcurrentHashMap<Integer, Long> BLOCKS = new ConcurrentHashMap<>();

    private static final int CELLS_IN_BLOCK = 1024;

    private SocketIo() {}

    private static MemorySegment inputCell(int descriptor) {
        return cell(2 * descriptor);
    }

    private static MemorySegment outputCell(int descriptor) {
        return cell(2 * descriptor + 1);
    }

    private static MemorySegment cell(int index) {
        long block = Objects.requireNonNull(BLOCKS.get(index / CELLS_IN_BLOCK));
        return MEMORY.asSlice(
                block + index % CELLS_IN_BLOCK * JAVA_INT.byteSize(), JAVA_INT.byteSize());
    }

    /**
     * Makes the cells of a descriptor, before its first transfer: what is done there once in a long
     * time, and was not when it was compiled, would have all of it compiled anew.
     */
    static void prepare(int descriptor) {
        BLOCKS.computeIfAbsent(
                2 * descriptor / CELLS_IN_BLOCK,
                _ -> Arena.global().allocate(JAVA_INT, CELLS_IN_BLOCK).address());
    }

    /** The number of bytes, 0 at the end of the input, or an error's. */
    static int receive(Descriptor from, ByteBuffer target) throws ClosedChannelException {
        int number = from.enter();
        try {
            return receive(number, target);
        } finally {
            from.exit();
        }
    }

    private static int receive(int from, ByteBuffer target) {
        MemorySegment errno = inputCell(from);
        long bytes = Math.min(target.remaining(), STEP_BYTES);
        long moved;
        try {
            // two calls, so that each segment is of one kind and need not exist: it is optimized
            if (target.hasArray()) {
                MemorySegment array = array(target);
                moved = (long) RECV.invokeExact(errno, from, array, bytes, MSG_DONTWAIT);
            } else {
                var memory = MemorySegment.ofBuffer(target);
                moved = (long) RECV.invokeExact(errno, from, memory, bytes, MSG_DONTWAIT);
            }
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
        return moved(target, moved, errno);
    }

    /** The number of bytes that were taken, or an error's. */
    static int send(Descriptor to, ByteBuffer source, boolean more) throws ClosedChannelException {
        int number = to.enter();
        try {
            return send(number, source, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
        } finally {
            to.exit();
        }
    }

    private static int send(int to, ByteBuffer source, int flags) {
        MemorySegment errno = outputCell(to);
        long bytes = Math.min(source.remaining(), STEP_BYTES);
        long moved;
        try {
            if (source.hasArray()) {
                MemorySegment array = array(source);
                moved = (long) SEND.invokeExact(errno, to, array, bytes, flags);
            } else {
                var memory = MemorySegment.ofBuffer(source);
                moved = (long) SEND.invokeExact(errno, to, memory, bytes, flags);
            }
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
        return moved(source, moved, errno);
    }

    private static MemorySegment array(ByteBuffer buffer) {
        return MemorySegment.ofArray(buffer.array())
                .asSlice(buffer.arrayOffset() + buffer.position(), buffer.remaining());
    }

    private static int moved(ByteBuffer buffer, long moved, MemorySegment errno) {
        if (moved < 0) return -errno.get(JAVA_INT, 0);
        buffer.position(buffer.position() + (int) moved);
        return (int) moved;
    }
}
