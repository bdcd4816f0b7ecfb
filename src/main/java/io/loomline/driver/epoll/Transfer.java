package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Moves bytes from and into the buffer itself, and moves its position: recv(2), send(2). It
 * allocates nothing, which is why the number of an error goes to a cell outside of the heap: one in
 * the heap the JVM would copy.
 */
@SuppressWarnings("restricted")
final class Transfer {
    /** Longer calls would hold up the garbage collector, which waits for critical ones. */
    static final int STEP_BYTES = 512 * 1024;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_MORE = 0x8000;

    private static final MethodHandle RECV =
            Libc.criticalReturning(JAVA_LONG, "recv", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SEND =
            Libc.criticalReturning(JAVA_LONG, "send", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    /** All memory, of which the cells are slices: cheaper than to keep a segment for each. */
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /**
     * Cells of descriptors with neighbouring numbers; never freed, as the kernel gives out the
     * lowest number that is free.
     */
    private static final ConcurrentHashMap<Integer, MemorySegment> BLOCKS =
            new ConcurrentHashMap<>();

    private static final int CELLS_IN_BLOCK = 1024;

    private Transfer() {}

    /** Where errors go of what one thread at a time does with a descriptor, such as to read. */
    private static long inputCell(int descriptor) {
        return cell(2 * descriptor);
    }

    /** Where errors go of what another thread does with it. */
    private static long outputCell(int descriptor) {
        return cell(2 * descriptor + 1);
    }

    private static long cell(int index) {
        MemorySegment block =
                BLOCKS.computeIfAbsent(
                        index / CELLS_IN_BLOCK,
                        _ -> Arena.global().allocate(JAVA_INT, CELLS_IN_BLOCK));
        return block.address() + index % CELLS_IN_BLOCK * JAVA_INT.byteSize();
    }

    private static MemorySegment at(long cell) {
        return MEMORY.asSlice(cell, JAVA_INT.byteSize());
    }

    /** The number of bytes, 0 at the end of the input, or an error's. */
    static int receive(int from, ByteBuffer target) {
        long cell = inputCell(from);
        long bytes = Math.min(target.remaining(), STEP_BYTES);
        long moved;
        try {
            // two calls, so that each segment is of one kind and need not exist: it is optimized
            if (target.hasArray()) {
                moved = (long) RECV.invokeExact(at(cell), from, array(target), bytes, MSG_DONTWAIT);
            } else {
                var memory = MemorySegment.ofBuffer(target);
                moved = (long) RECV.invokeExact(at(cell), from, memory, bytes, MSG_DONTWAIT);
            }
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
        return moved(target, moved, cell);
    }

    /** The number of bytes that were taken, or an error's. */
    static int send(int to, ByteBuffer source, boolean more) {
        long cell = outputCell(to);
        long bytes = Math.min(source.remaining(), STEP_BYTES);
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
        long moved;
        try {
            if (source.hasArray()) {
                moved = (long) SEND.invokeExact(at(cell), to, array(source), bytes, flags);
            } else {
                var memory = MemorySegment.ofBuffer(source);
                moved = (long) SEND.invokeExact(at(cell), to, memory, bytes, flags);
            }
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
        return moved(source, moved, cell);
    }

    private static MemorySegment array(ByteBuffer buffer) {
        return MemorySegment.ofArray(buffer.array())
                .asSlice(buffer.arrayOffset() + buffer.position(), buffer.remaining());
    }

    private static int moved(ByteBuffer buffer, long moved, long cell) {
        if (moved < 0) return -at(cell).get(JAVA_INT, 0);
        buffer.position(buffer.position() + (int) moved);
        return (int) moved;
    }
}
