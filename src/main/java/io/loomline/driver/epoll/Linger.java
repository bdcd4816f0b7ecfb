package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A place where one thread at a time waits for input in the kernel itself: ppoll(2). That saves the
 * two threads which otherwise have to be woken, one to hear of the input and one to run the reader;
 * they cost more than all the rest of a short exchange. The reader holds its carrier meanwhile, so
 * this is for a connection that talks alone, and for a moment.
 *
 * <p><i>Threads:</i> the loop's, or the idle one in its place, tells what it is doing; readers ask.
 */
final class Linger {
    /** Longer than a round trip to a neighbour; short beside the time that a busy carrier takes. */
    static final long LONGEST_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

    /** With one carrier the thread that waits in the kernel would hold up all others. */
    private static final boolean CARRIERS_SUFFICE =
            Integer.getInteger(
                            "jdk.virtualThreadScheduler.parallelism",
                            Runtime.getRuntime().availableProcessors())
                    > 1;

    private static final MethodHandle PPOLL =
            Libc.waiting("ppoll", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);

    // struct pollfd in poll.h
    private static final int POLLFD_BYTES = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final short POLLIN = 0x001;
    private static final short POLLRDHUP = 0x2000;

    // struct timespec in time.h
    private static final int TIMESPEC_BYTES = 16;
    private static final int NANOS_OFFSET = 8;

    private final Descriptor epoll;

    // of the one who has the place
    private final MemorySegment descriptors;
    private final MemorySegment timeout;
    private final MemorySegment errno;

    private final AtomicBoolean taken = new AtomicBoolean();

    /** Whether the loop has nothing to do: no other thread is about to be woken by it. */
    private volatile boolean loopIdle;

    /** How many events there were; only a difference counts. */
    private volatile int events;

    /** A place whose memory is freed with the arena. */
    Linger(Descriptor epoll, Arena arena) {
        this.epoll = epoll;
        descriptors = arena.allocate(POLLFD_BYTES, JAVA_LONG.byteAlignment());
        descriptors.set(JAVA_SHORT, EVENTS_OFFSET, (short) (POLLIN | POLLRDHUP));
        timeout = arena.allocate(TIMESPEC_BYTES, JAVA_LONG.byteAlignment());
        timeout.set(JAVA_LONG, NANOS_OFFSET, LONGEST_NANOS);
        errno = arena.allocate(JAVA_INT);
    }

    void loopIdle(boolean idle) {
        loopIdle = idle;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread at a time
    void addEvents(int count) {
        events += count;
    }

    int events() {
        return events;
    }

    /** Takes the place, which {@link #give} gives back; false if it is taken, or not worth it. */
    boolean tryTake() {
        return CARRIERS_SUFFICE && loopIdle && taken.compareAndSet(false, true);
    }

    void give() {
        taken.set(false);
    }

    /** Has the loop told of other events from now on, and at once of those that there are. */
    void watch(EpollKey key, int interest) throws IOException {
        int events = interest | Epoll.EDGE_TRIGGERED;
        Errno.checked(
                epoll.use(number ->
                        key.descriptor().use(n -> Epoll.modify(number, n, events, key.id()))));
    }

    /** Waits for a moment; whether a read would tell something. <i>Blocks</i> the carrier. */
    boolean await(int descriptor) {
        descriptors.set(JAVA_INT, 0, descriptor);
        try {
            return (int) PPOLL.invokeExact(errno, descriptors, 1L, timeout, MemorySegment.NULL) > 0;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
