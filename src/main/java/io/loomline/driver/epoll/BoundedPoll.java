package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * Waits in the kernel for a descriptor to have input, for a moment: ppoll(2), whose time is finer
 * than that of epoll_wait(2). The thread holds its carrier meanwhile.
 *
 * <p><i>Threads:</i> one at a time.
 */
final class BoundedPoll {
    /** Some round trips on a fast network; others on the carrier hardly notice it. */
    static final long LONGEST_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private static final MethodHandle PPOLL =
            Libc.waiting("ppoll", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);

    // struct pollfd in poll.h
    private static final int POLLFD_BYTES = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final short POLLIN = 0x001;
    private static final short POLLRDHUP = 0x2000;

    /** struct timespec in time.h, of less than a second. */
    private static final MemoryLayout TIMESPEC = MemoryLayout.sequenceLayout(2, JAVA_LONG);

    private final MemorySegment descriptors;
    private final MemorySegment timeout;
    private final MemorySegment errno;

    /** A wait whose memory is freed with the arena. */
    BoundedPoll(Arena arena) {
        descriptors = arena.allocate(POLLFD_BYTES, JAVA_INT.byteAlignment());
        descriptors.set(JAVA_SHORT, EVENTS_OFFSET, (short) (POLLIN | POLLRDHUP));
        timeout = arena.allocate(TIMESPEC);
        timeout.setAtIndex(JAVA_LONG, 1, LONGEST_NANOS);
        errno = arena.allocate(JAVA_INT);
    }

    /** Whether a read would tell something; false after the moment, or an interrupt by a signal. */
    boolean await(int descriptor) {
        descriptors.set(JAVA_INT, 0, descriptor);
        try {
            return (int) PPOLL.invokeExact(errno, descriptors, 1L, timeout, MemorySegment.NULL) > 0;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
