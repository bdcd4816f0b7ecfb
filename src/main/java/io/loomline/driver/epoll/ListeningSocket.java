package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.loomline.driver.SocketOptions;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.SocketException;

/**
 * A listening socket that another program has opened: checked, made non-blocking and closed on
 * exec, and freed of a filter, with which a process that is gone has refused handshakes. The
 * constants are the same on x86-64 and aarch64.
 */
final class ListeningSocket {
    private static final Logger LOG = Loggers.of(ListeningSocket.class);

    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int SOCK_STREAM = 1;

    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;
    private static final int O_NONBLOCK = 0x800;

    private static final MethodHandle GET =
            Libc.critical("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle FCNTL =
            Libc.criticalVariadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT);

    private ListeningSocket() {}

    /**
     * Prepares an inherited socket for an acceptor.
     *
     * <p><i>Source:</i> SO_ACCEPTCONN in <a
     * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>: "Returns a value
     * indicating whether or not this socket has been marked to accept connections with listen(2)."
     *
     * @throws SocketException if the descriptor is not that of a listening stream socket
     */
    static void prepare(int descriptor, SocketOptions options) throws IOException {
        int type = option(descriptor, SO_TYPE);
        int family = option(descriptor, SO_DOMAIN);
        boolean internet = family == SocketAddresses.AF_INET || family == SocketAddresses.AF_INET6;
        if (type != SOCK_STREAM || (!internet && family != SocketAddresses.AF_UNIX)) {
            throw unusable(descriptor, "type " + type + " of family " + family);
        }
        if (option(descriptor, SO_ACCEPTCONN) == 0) {
            throw unusable(descriptor, "a stream socket that does not listen");
        }
        Errno.checked(fcntl(descriptor, F_SETFD, FD_CLOEXEC));
        int flags = Errno.checked(fcntl(descriptor, F_GETFL, 0));
        Errno.checked(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
        if (!internet) return;
        TcpOptions.set(descriptor, options); // accepted sockets inherit them
        if (Sockets.permitHandshakes(descriptor)) {
            LOG.warn("removed a socket filter from the listening descriptor {}", descriptor);
        }
    }

    private static int option(int descriptor, int name) throws IOException {
        var value = new int[1];
        var segment = MemorySegment.ofArray(value);
        var length = MemorySegment.ofArray(new int[] {Integer.BYTES});
        int result =
                Libc.run(e ->
                        (int) GET.invokeExact(e, descriptor, SOL_SOCKET, name, segment, length));
        if (result < 0) throw unusable(descriptor, Libc.message(-result));
        return value[0];
    }

    private static SocketException unusable(int descriptor, String found) {
        return new SocketException(
                "descriptor " + descriptor + ": expected a listening stream socket, got: " + found);
    }

    private static int fcntl(int descriptor, int command, int argument) {
        return Libc.run(e -> (int) FCNTL.invokeExact(e, descriptor, command, argument));
    }
}
