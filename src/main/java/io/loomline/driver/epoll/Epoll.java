package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.invoke.MethodType.methodType;

import io.loomline.driver.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/** Calls epoll(7) and eventfd(2), and holds the memory of the events that a poll returns. */
final class Epoll {
    static final int IN = 0x001;
    static final int PRI = 0x002;
    static final int OUT = 0x004;
    static final int ERR = 0x008;
    static final int HUP = 0x010;
    static final int RDHUP = 0x2000;
    static final int EDGE_TRIGGERED = 1 << 31;

    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;

    /** EPOLL_CLOEXEC and EFD_CLOEXEC. */
    private static final int CLOEXEC = 0x80000;

    /** EFD_NONBLOCK. */
    private static final int NONBLOCK = 0x800;

    /** struct epoll_event in sys/epoll.h is packed on x86-64 only. */
    private static final int DATA_OFFSET = isPacked() ? 4 : 8;

    private static final int EVENT_BYTES = DATA_OFFSET + 8;
    private static final int MAX_EVENTS = 256;

    private static final MethodHandle CREATE = Libc.critical("epoll_create1", JAVA_INT);
    private static final MethodHandle CTL =
            Libc.critical("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle POLL =
            Libc.critical("epoll_wait", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);

    @SuppressWarnings("FieldMayBeFinal") // see Libc.outlined
    private static MethodHandle poll =
            Libc.outlined(
                    MethodHandles.lookup(),
                    "poll",
                    methodType(int.class, MemorySegment.class, int.class, MemorySegment.class));

    private static final MethodHandle WAIT =
            Libc.blocking("epoll_wait", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD = Libc.critical("eventfd", JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD_WRITE =
            Libc.critical("eventfd_write", JAVA_INT, JAVA_LONG);

    private final MemorySegment events;
    private final MemorySegment errno;

    /** Allocates the memory for the events of one poll, which is freed with the arena. */
    Epoll(Arena arena) {
        events = arena.allocate((long) MAX_EVENTS * EVENT_BYTES, JAVA_LONG.byteAlignment());
        errno = arena.allocate(JAVA_INT);
    }

    private static boolean isPacked() {
        return System.getProperty("os.arch").equals("amd64");
    }

    static int create() {
        return Libc.run(errno -> (int) CREATE.invokeExact(errno, CLOEXEC));
    }

    static int createWakeUp() {
        return Libc.run(errno -> (int) EVENTFD.invokeExact(errno, 0, CLOEXEC | NONBLOCK));
    }

    static int wakeUp(int eventfd) {
        return Libc.run(errno -> (int) EVENTFD_WRITE.invokeExact(errno, eventfd, 1L));
    }

    static int add(int epoll, int descriptor, int events, long data) {
        return control(EPOLL_CTL_ADD, epoll, descriptor, events, data);
    }

    static int remove(int epoll, int descriptor) {
        return control(EPOLL_CTL_DEL, epoll, descriptor, 0, 0);
    }

    /**
     * Changes the events to watch for. Those that are pending are reported at once.
     *
     * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>:
     * "Modify will reread available I/O."
     */
    static int modify(int epoll, int descriptor, int events, long data) {
        return control(EPOLL_CTL_MOD, epoll, descriptor, events, data);
    }

    private static int control(int operation, int epoll, int descriptor, int events, long data) {
        var event = MemorySegment.ofArray(new byte[EVENT_BYTES]);
        event.set(JAVA_INT_UNALIGNED, 0, events);
        event.set(JAVA_LONG_UNALIGNED, DATA_OFFSET, data);
        return Libc.run(e -> (int) CTL.invokeExact(e, epoll, operation, descriptor, event));
    }

    /** Fetches pending events. Returns their number, or a negative error number. */
    int poll(int epoll) {
        try {
            return result((int) poll.invokeExact(errno, epoll, events));
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Called through {@link Libc#outlined a handle}. */
    static int poll(MemorySegment errno, int epoll, MemorySegment events) {
        try {
            return (int) POLL.invokeExact(errno, epoll, events, MAX_EVENTS, 0);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** As {@link #poll}, but waits for an event. <i>Blocks</i> the platform thread. */
    int waitFor(int epoll) {
        try {
            return result((int) WAIT.invokeExact(errno, epoll, events, MAX_EVENTS, -1));
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private int result(int returned) {
        assert returned <= MAX_EVENTS : returned + " events, at most " + MAX_EVENTS + " expected";
        return returned < 0 ? -errno.get(JAVA_INT, 0) : returned;
    }

    int events(int index) {
        assert index < MAX_EVENTS : "event " + index + " of " + MAX_EVENTS;
        return events.get(JAVA_INT_UNALIGNED, (long) index * EVENT_BYTES);
    }

    long data(int index) {
        return events.get(JAVA_LONG_UNALIGNED, (long) index * EVENT_BYTES + DATA_OFFSET);
    }
}
