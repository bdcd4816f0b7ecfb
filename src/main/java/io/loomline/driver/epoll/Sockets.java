package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.loomline.driver.SocketOptions;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;

/**
 * Opens, configures and connects sockets: socket(7), tcp(7), ipv6(7). The constants are the same on
 * x86-64 and aarch64.
 */
final class Sockets {
    private static final int SO_PEERCRED = 17;

    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;

    /** SOCK_NONBLOCK and SOCK_CLOEXEC. */
    private static final int FLAGS = 0x800 | 0x80000;

    private static final int SHUT_WR = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_LINGER = 13;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_DETACH_FILTER = 27;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;

    private static final MethodHandle SOCKET =
            Libc.critical("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = Libc.critical("bind", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CONNECT =
            Libc.critical("connect", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LISTEN = Libc.critical("listen", JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT =
            Libc.critical("accept4", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle NAME =
            Libc.critical("getsockname", JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SET =
            Libc.critical("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle GET =
            Libc.critical("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SHUTDOWN = Libc.critical("shutdown", JAVA_INT, JAVA_INT);

    /**
     * A classic BPF program that drops segments with SYN and without ACK: five instructions of type
     * sock_filter in linux/filter.h. They load the flags byte of the TCP header, mask SYN and ACK,
     * compare with SYN, and drop or accept the segment. The filter of a listening socket sees
     * segments from the TCP header on.
     */
    private static final long[] NO_HANDSHAKES = {
        instruction(0x30, 0, 0, 13), // BPF_LD | BPF_B | BPF_ABS
        instruction(0x54, 0, 0, 0x12), // BPF_ALU | BPF_AND
        instruction(0x15, 0, 1, 0x02), // BPF_JMP | BPF_JEQ: if unequal, skips the next
        instruction(0x06, 0, 0, 0), // BPF_RET
        instruction(0x06, 0, 0, 0xFFFF_FFFFL)
    };

    private Sockets() {}

    /** Encodes an instruction as both architectures, which are little-endian, have it in memory. */
    private static long instruction(int code, int ifTrue, int ifFalse, long operand) {
        return code | (long) ifTrue << 16 | (long) ifFalse << 24 | operand << 32;
    }

    /**
     * Makes the kernel drop the first segment of each further handshake with a listening socket.
     * Handshakes in progress are completed.
     *
     * <p><i>Source:</i> SO_ATTACH_FILTER in <a
     * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>: "A packet will be
     * dropped if the filter program returns zero."
     */
    static int refuseHandshakes(int socket) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocateFrom(JAVA_LONG, NO_HANDSHAKES);
            // struct sock_fprog: the number of instructions and their address
            MemorySegment filter = arena.allocate(2L * Long.BYTES, Long.BYTES);
            filter.set(JAVA_SHORT, 0, (short) NO_HANDSHAKES.length);
            filter.set(ADDRESS, Long.BYTES, program);
            int bytes = (int) filter.byteSize();
            return Errno.checked(
                    Libc.run(e ->
                            (int)
                                    SET.invokeExact(
                                            e,
                                            socket,
                                            SOL_SOCKET,
                                            SO_ATTACH_FILTER,
                                            filter,
                                            bytes)));
        }
    }

    /**
     * Removes what {@link #refuseHandshakes} has added. The filter belongs to the socket, so it
     * remains when the process that has added it ends and another one holds the socket.
     *
     * <p><i>Source:</i> SO_DETACH_FILTER in <a
     * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>: "may be used to
     * remove the classic or extended BPF program attached to a socket with either SO_ATTACH_FILTER
     * or SO_ATTACH_BPF."
     *
     * @return whether a filter was removed
     */
    static boolean permitHandshakes(int socket) {
        var none = MemorySegment.ofArray(new int[1]);
        int result =
                Libc.run(e ->
                        (int)
                                SET.invokeExact(
                                        e,
                                        socket,
                                        SOL_SOCKET,
                                        SO_DETACH_FILTER,
                                        none,
                                        Integer.BYTES));
        return result == 0; // fails if there is none, or the program that has added it locked it
    }

    /**
     * Opens a socket of the address's family, without IPV6_V6ONLY, and sets its buffer sizes.
     *
     * <p><i>Source:</i> IPV6_V6ONLY in <a
     * href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</a>: "If this flag is set to
     * false (zero), then the socket can be used to send and receive packets to and from an IPv6
     * address or an IPv4-mapped IPv6 address."
     */
    static int open(SocketAddress address, SocketOptions options) throws IOException {
        int family = SocketAddresses.family(address);
        int socket =
                Errno.checked(
                        Libc.run(e -> (int) SOCKET.invokeExact(e, family, SOCK_STREAM | FLAGS, 0)));
        try {
            if (family == SocketAddresses.AF_INET6) set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
            setBuffers(socket, options);
        } catch (IOException | RuntimeException e) {
            Libc.close(socket);
            throw e;
        }
        return socket;
    }

    private static void setBuffers(int socket, SocketOptions options) throws IOException {
        int sendBytes = options.sendBufferBytes();
        if (sendBytes > 0) set(socket, SOL_SOCKET, SO_SNDBUF, sendBytes);
        int receiveBytes = options.receiveBufferBytes();
        if (receiveBytes > 0) set(socket, SOL_SOCKET, SO_RCVBUF, receiveBytes);
    }

    /**
     * Permits listening at a port although connections of an earlier listener are in TIME-WAIT.
     *
     * <p><i>Source:</i> SO_REUSEADDR in <a
     * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>: "For AF_INET
     * sockets this means that a socket may bind, except when there is an active listening socket
     * bound to the address."
     */
    static void reuseAddress(int socket) throws IOException {
        set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    }

    /**
     * Makes the close drop unsent bytes and reset the connection, by a linger time of 0. A
     * Unix-domain socket ignores this.
     */
    static int resetOnClose(int socket) throws IOException {
        return set(socket, SOL_SOCKET, SO_LINGER, 1, 0);
    }

    static int set(int socket, int level, int option, int... value) throws IOException {
        return Errno.checked(trySet(socket, level, option, value));
    }

    /** Returns 0, or a negative error number. */
    static int trySet(int socket, int level, int option, int... value) {
        var segment = MemorySegment.ofArray(value);
        int bytes = value.length * Integer.BYTES;
        return Libc.run(e -> (int) SET.invokeExact(e, socket, level, option, segment, bytes));
    }

    /** Returns the ids of the peer's process, user and group: struct ucred in unix(7). */
    static int[] peer(int socket) throws IOException {
        var value = new int[3];
        var length = MemorySegment.ofArray(new int[] {value.length * Integer.BYTES});
        var segment = MemorySegment.ofArray(value);
        Errno.checked(
                Libc.run(e ->
                        (int)
                                GET.invokeExact(
                                        e, socket, SOL_SOCKET, SO_PEERCRED, segment, length)));
        return value;
    }

    static void bind(int socket, byte[] address) throws IOException {
        var segment = MemorySegment.ofArray(address);
        Errno.checked(Libc.run(e -> (int) BIND.invokeExact(e, socket, segment, address.length)));
    }

    static void listen(int socket, int backlog) throws IOException {
        Errno.checked(Libc.run(e -> (int) LISTEN.invokeExact(e, socket, backlog)));
    }

    /** Returns 0, or a negative error number. */
    static int connect(int socket, byte[] address) {
        var segment = MemorySegment.ofArray(address);
        return Libc.run(e -> (int) CONNECT.invokeExact(e, socket, segment, address.length));
    }

    /**
     * Whether a listening socket of any process is bound to the file at a path; also true if that
     * is unknown. A datagram socket asks, which the kernel refuses to connect either way, so the
     * listener never hears of it.
     *
     * <p><i>Source:</i> EPROTOTYPE in <a
     * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>: "Remote socket does not
     * match the local socket type (SOCK_DGRAM versus SOCK_STREAM)."
     */
    static boolean isBound(UnixDomainSocketAddress path) throws IOException {
        byte[] address = SocketAddresses.encode(path);
        int probe =
                Libc.run(e ->
                        (int)
                                SOCKET.invokeExact(
                                        e, SocketAddresses.AF_UNIX, SOCK_DGRAM | FLAGS, 0));
        if (probe < 0) return true;
        try {
            return connect(probe, address) != -Errno.ECONNREFUSED;
        } finally {
            Libc.close(probe);
        }
    }

    /**
     * Returns an accepted socket, or a negative error number. The peer's address and its length go
     * to the arrays.
     */
    static int accept(int socket, byte[] address, int[] length) {
        length[0] = address.length;
        var segment = MemorySegment.ofArray(address);
        var lengthSegment = MemorySegment.ofArray(length);
        return Libc.run(e -> (int) ACCEPT.invokeExact(e, socket, segment, lengthSegment, FLAGS));
    }

    static SocketAddress localAddress(int socket) throws IOException {
        var address = new byte[SocketAddresses.MAX_BYTES];
        var length = new int[] {address.length};
        var segment = MemorySegment.ofArray(address);
        var lengthSegment = MemorySegment.ofArray(length);
        Errno.checked(Libc.run(e -> (int) NAME.invokeExact(e, socket, segment, lengthSegment)));
        return SocketAddresses.decode(Arrays.copyOf(address, length[0]));
    }

    static int shutdownOutput(int socket) {
        return Libc.run(e -> (int) SHUTDOWN.invokeExact(e, socket, SHUT_WR));
    }
}
