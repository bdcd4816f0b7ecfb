package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.libc.Libc;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A reset that no call has reported. A call that moves bytes in several steps returns the number of
 * those moved before an error. The kernel keeps the error for the next call, except where a step
 * has taken it from the socket already, as splice(2) and sendfile(2) do. What is left is a socket
 * whose input looks as if the peer had ended it.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>,
 * POLLHUP: "Hang up (only returned in revents; ignored in events)."
 */
final class HangUp {
    private static final MethodHandle POLL = Libc.critical("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final int REVENTS_SHIFT = Short.SIZE;

    private HangUp() {}

    /** Whether both directions of a socket have ended and no error is left to be reported. */
    static boolean isWithoutError(int socket) {
        int[] polled = {socket, 0}; // struct pollfd: the events are 16 bits each
        var memory = MemorySegment.ofArray(polled);
        int found = Libc.run(errno -> (int) POLL.invokeExact(errno, memory, 1L, 0));
        int events = polled[1] >>> REVENTS_SHIFT;
        return found > 0 && (events & (Epoll.HUP | Epoll.ERR)) == Epoll.HUP;
    }
}
