package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.invoke.MethodType.methodType;

import io.loomline.driver.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.TimeUnit;

/**
 * Waits in the kernel for the input of a descriptor, for at most {@link #MAX_NANOS}. The thread
 * holds its carrier meanwhile. Uses ppoll(2), because the timeout of epoll_wait(2) is in
 * milliseconds.
 *
 * <p><i>Threads:</i> one at a time.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>: "The
 * tmo_p argument specifies an upper limit on the amount of time that ppoll() will block."
 */
final class BoundedPoll {
    /** Several round trips on a fast network, and a negligible delay for others on the carrier. */
    static final long MAX_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private static final MethodHandle PPOLL =
            Libc.blocking("ppoll", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);

    @SuppressWarnings("FieldMayBeFinal") // see Libc.outlined
    private static MethodHandle poll =
            Libc.outlined(
                    MethodHandles.lookup(),
                    "poll",
                    methodType(
                            int.class,
                            MemorySegment.class,
                            MemorySegment.class,
                            MemorySegment.class));

    // struct pollfd in poll.h
    private static final int POLLFD_BYTES = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final short POLLIN = 0x001;
    private static final short POLLRDHUP = 0x2000;

    /** struct timespec in time.h. The seconds stay 0. */
    private static final MemoryLayout TIMESPEC = MemoryLayout.sequenceLayout(2, JAVA_LONG);

    private final MemorySegment descriptors;
    private final MemorySegment timeout;
    private final MemorySegment errno;

    /** Creates a poll whose memory is freed with the arena. */
    BoundedPoll(Arena arena) {
        descriptors = arena.allocate(POLLFD_BYTES, JAVA_INT.byteAlignment());
        descriptors.set(JAVA_SHORT, EVENTS_OFFSET, (short) (POLLIN | POLLRDHUP));
        timeout = arena.allocate(TIMESPEC);
        timeout.setAtIndex(JAVA_LONG, 1, MAX_NANOS);
        errno = arena.allocate(JAVA_INT);
    }

    /** Returns whether input or its end is available; false after the time or a signal. */
    boolean await(int descriptor) {
        descriptors.set(JAVA_INT, 0, descriptor);
        try {
            return (int) poll.invokeExact(errno, descriptors, timeout) > 0;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Called through {@link Libc#outlined a handle}. */
    static int poll(MemorySegment errno, MemorySegment descriptors, MemorySegment timeout) {
        try {
            return (int) PPOLL.invokeExact(errno, descriptors, 1L, timeout, MemorySegment.NULL);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
