package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.invoke.MethodType.methodType;

import io.loomline.driver.libc.Libc;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/**
 * Moves bytes between a socket and a buffer, and advances the buffer's position: recv(2), send(2).
 * Few bytes are copied through {@link CallMemory}, so that no call allocates.
 */
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

    private static final MethodHandle RECV = transfer("recv", ADDRESS);
    private static final MethodHandle SEND = transfer("send", ADDRESS);
    private static final MethodHandle RECV_COPIED = transfer("recv", JAVA_LONG);
    private static final MethodHandle SEND_COPIED = transfer("send", JAVA_LONG);

    @SuppressWarnings("FieldMayBeFinal") // see Libc.outlined
    private static MethodHandle receiveFew = outlined("receiveFew");

    @SuppressWarnings("FieldMayBeFinal")
    private static MethodHandle sendFew = outlined("sendFew");

    private SocketIo() {}

    private static MethodHandle transfer(String name, MemoryLayout bytes) {
        return Libc.criticalReturning(JAVA_LONG, name, JAVA_INT, bytes, JAVA_LONG, JAVA_INT);
    }

    private static MethodHandle outlined(String name) {
        return Libc.outlined(
                MethodHandles.lookup(),
                name,
                methodType(int.class, CallMemory.class, int.class, int.class, int.class));
    }

    /**
     * Receives bytes into the buffer.
     *
     * @return the number of bytes; 0 at the end of the input; a negative error number
     */
    static int receive(Descriptor from, ByteBuffer target) throws ClosedChannelException {
        int number = from.enter();
        CallMemory memory = CallMemory.enter();
        try {
            // separate calls, so that each has a segment of one class
            long moved =
                    target.hasArray()
                            ? recv(memory, number, array(target))
                            : recv(memory, number, MemorySegment.ofBuffer(target));
            return moved(target, moved, memory);
        } finally {
            memory.leave();
            from.exit();
        }
    }

    /**
     * Receives at most {@link CallMemory#BYTES} into a buffer with an array.
     *
     * @return as {@link #receive}
     */
    static int receiveFew(Descriptor from, ByteBuffer target) throws ClosedChannelException {
        int number = from.enter();
        CallMemory memory = CallMemory.enter();
        try {
            int most = Math.min(target.remaining(), CallMemory.BYTES);
            int moved = (int) receiveFew.invokeExact(memory, number, most, MSG_DONTWAIT);
            if (moved > 0) {
                int at = target.arrayOffset() + target.position();
                MemorySegment.copy(memory.bytes, JAVA_BYTE, 0, target.array(), at, moved);
            }
            return moved(target, moved, memory);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        } finally {
            memory.leave();
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
        CallMemory memory = CallMemory.enter();
        try {
            long moved;
            if (!source.hasArray())
                moved = send(memory, number, MemorySegment.ofBuffer(source), flags);
            else if (source.remaining() > CallMemory.BYTES)
                moved = send(memory, number, array(source), flags);
            else moved = sendFew(memory, number, source, flags);
            return moved(source, moved, memory);
        } finally {
            memory.leave();
            to.exit();
        }
    }

    private static long sendFew(CallMemory memory, int to, ByteBuffer source, int flags) {
        int count = source.remaining();
        int at = source.arrayOffset() + source.position();
        MemorySegment.copy(source.array(), at, memory.bytes, JAVA_BYTE, 0, count);
        try {
            return (int) sendFew.invokeExact(memory, to, count, flags);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Called through {@link Libc#outlined a handle}. */
    static int receiveFew(CallMemory memory, int from, int most, int flags) {
        try {
            return (int)
                    (long)
                            RECV_COPIED.invokeExact(
                                    memory.errno, from, memory.address, (long) most, flags);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Called through {@link Libc#outlined a handle}. */
    static int sendFew(CallMemory memory, int to, int count, int flags) {
        try {
            return (int)
                    (long)
                            SEND_COPIED.invokeExact(
                                    memory.errno, to, memory.address, (long) count, flags);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static long recv(CallMemory memory, int from, MemorySegment target) {
        try {
            return (long) RECV.invokeExact(memory.errno, from, target, step(target), MSG_DONTWAIT);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static long send(CallMemory memory, int to, MemorySegment source, int flags) {
        try {
            return (long) SEND.invokeExact(memory.errno, to, source, step(source), flags);
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

    private static int moved(ByteBuffer buffer, long moved, CallMemory memory) {
        if (moved < 0) return -memory.error();
        assert moved <= buffer.remaining() : moved + " bytes moved, " + buffer + " expected";
        buffer.position(buffer.position() + (int) moved);
        return (int) moved;
    }
}
