package io.loomline.driver;

import java.time.Duration;
import java.util.Objects;

/**
 * The options of a socket. A driver ignores options that its kind of channel does not support: a
 * Unix-domain socket supports only the buffer sizes and {@code unixFile}, a channel in memory
 * supports none. An option of TCP that the driver or the platform lacks is refused with an {@link
 * UnsupportedOperationException} that names it: {@code userTimeout} and {@code fastOpen} need the
 * epoll driver.
 *
 * <p><i>Source:</i> TCP_NODELAY in <a
 * href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>: "If set, disable the Nagle
 * algorithm. This means that segments are always sent as soon as possible, even if there is only a
 * small amount of data."
 *
 * <p>SO_KEEPALIVE in <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>:
 * "Enable sending of keep-alive messages on connection-oriented sockets."
 *
 * <p>TCP_USER_TIMEOUT in tcp(7): "it specifies the maximum amount of time in milliseconds that
 * transmitted data may remain unacknowledged, or buffered data may remain untransmitted (due to
 * zero window size) before TCP will forcibly close the corresponding connection".
 *
 * @param tcpNoDelay whether small writes are sent at once instead of waiting for the
 *     acknowledgement of earlier ones: TCP_NODELAY
 * @param keepAlive whether the kernel probes a silent peer: SO_KEEPALIVE
 * @param sendBufferBytes how many unsent bytes the kernel buffers: SO_SNDBUF; a hint, 0 keeps the
 *     kernel's default
 * @param receiveBufferBytes how many unread bytes the kernel buffers: SO_RCVBUF; a hint, 0 keeps
 *     the kernel's default
 * @param reuseAddress whether a socket of packets shares its port with others that allow it too:
 *     SO_REUSEADDR; ignored for streams
 * @param reusePort whether a listener shares its port with others that allow it too: SO_REUSEPORT;
 *     ignored by a connect
 * @param keepAliveProbes when the kernel probes a silent peer; without effect while {@code
 *     keepAlive} is false
 * @param userTimeout how long sent bytes may stay unacknowledged before the kernel ends the
 *     connection: TCP_USER_TIMEOUT; rounded up to milliseconds, zero keeps the kernel's default
 * @param fastOpen whether data travels in the first segment of a connection: TCP_FASTOPEN for a
 *     listener, TCP_FASTOPEN_CONNECT for a connect. The setting of the machine, {@code
 *     net.ipv4.tcp_fastopen}, has to permit it too. A connect may return before the peer has
 *     answered, and the peer sees it with the first write: only for protocols in which the client
 *     writes first, and whose first message may arrive twice
 * @param unixFile the mode and the owner of the file of a Unix-domain listener
 */
public record SocketOptions(
        boolean tcpNoDelay,
        boolean keepAlive,
        int sendBufferBytes,
        int receiveBufferBytes,
        boolean reuseAddress,
        boolean reusePort,
        KeepAliveProbes keepAliveProbes,
        Duration userTimeout,
        boolean fastOpen,
        UnixFile unixFile) {
    /** No delay of small writes, no keep-alive, and the kernel's default buffer sizes. */
    public static final SocketOptions DEFAULT =
            new SocketOptions(
                    true,
                    false,
                    0,
                    0,
                    false,
                    false,
                    KeepAliveProbes.DEFAULT,
                    Duration.ZERO,
                    false,
                    UnixFile.DEFAULT);

    /** The kernel takes milliseconds in an {@code int}, which a larger number overflows. */
    private static final int MOST_USER_TIMEOUT_DAYS = 24;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a size is negative, or {@code userTimeout} is negative or
     *     more than 24 days
     */
    public SocketOptions {
        requireSize("sendBufferBytes", sendBufferBytes);
        requireSize("receiveBufferBytes", receiveBufferBytes);
        Objects.requireNonNull(keepAliveProbes, "keepAliveProbes");
        Objects.requireNonNull(unixFile, "unixFile");
        Objects.requireNonNull(userTimeout, "userTimeout");
        boolean isTooLong = userTimeout.compareTo(Duration.ofDays(MOST_USER_TIMEOUT_DAYS)) > 0;
        if (userTimeout.isNegative() || isTooLong) {
            throw new IllegalArgumentException(
                    "userTimeout %s: expected 0 to %d days"
                            .formatted(userTimeout, MOST_USER_TIMEOUT_DAYS));
        }
    }

    private static void requireSize(String name, int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(name + " " + bytes + ": expected 0 or more");
        }
    }

    /**
     * A copy with TCP_NODELAY on or off.
     *
     * @param tcpNoDelay whether small writes are sent at once
     * @return the copy
     */
    public SocketOptions withTcpNoDelay(boolean tcpNoDelay) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy with SO_KEEPALIVE on or off.
     *
     * @param keepAlive whether the kernel probes a silent peer
     * @return the copy
     */
    public SocketOptions withKeepAlive(boolean keepAlive) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy with another send buffer size.
     *
     * @param sendBufferBytes the size; a hint, 0 keeps the kernel's default
     * @return the copy
     */
    public SocketOptions withSendBufferBytes(int sendBufferBytes) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy with another receive buffer size.
     *
     * @param receiveBufferBytes the size; a hint, 0 keeps the kernel's default
     * @return the copy
     */
    public SocketOptions withReceiveBufferBytes(int receiveBufferBytes) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy that shares the port of packets or does not.
     *
     * @param reuseAddress whether other sockets may be bound to the same port
     * @return the copy
     */
    public SocketOptions withReuseAddress(boolean reuseAddress) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy with another {@code reusePort}.
     *
     * @param reusePort whether a listener shares its port with others
     * @return the copy
     */
    public SocketOptions withReusePort(boolean reusePort) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy that probes a silent peer, at these times.
     *
     * @param idle how long the peer may be silent before the first probe
     * @param interval the time between two probes
     * @param count how many probes may stay unanswered
     * @return the copy, with SO_KEEPALIVE on
     * @throws IllegalArgumentException if a time is negative or over 32767 s, or the count is
     *     negative or over 127
     */
    public SocketOptions withKeepAlive(Duration idle, Duration interval, int count) {
        return withKeepAliveProbes(new KeepAliveProbes(idle, interval, count));
    }

    /**
     * A copy with another {@code keepAliveProbes}, which turns {@code keepAlive} on.
     *
     * @param keepAliveProbes when the kernel probes a silent peer
     * @return the copy, with SO_KEEPALIVE on
     */
    public SocketOptions withKeepAliveProbes(KeepAliveProbes keepAliveProbes) {
        return new SocketOptions(
                tcpNoDelay,
                true,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy with another {@code userTimeout}. Only the epoll driver has it: with the nio driver, a
     * connect or listen throws {@link UnsupportedOperationException}.
     *
     * @param userTimeout how long sent bytes may stay unacknowledged; zero for the kernel's default
     * @return the copy
     * @throws IllegalArgumentException if it is negative or more than 24 days
     */
    public SocketOptions withUserTimeout(Duration userTimeout) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * A copy with another {@code fastOpen}. Only the epoll driver has it: with the nio driver, a
     * connect or listen throws {@link UnsupportedOperationException}.
     *
     * @param fastOpen whether data travels in the first segment
     * @return the copy
     */
    public SocketOptions withFastOpen(boolean fastOpen) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }

    /**
     * The user timeout, as the kernel counts it.
     *
     * @return {@link #userTimeout} in milliseconds, rounded up; 0 for the kernel's default
     */
    public int userTimeoutMillis() {
        return (int) userTimeout.plusNanos(999_999).toMillis();
    }

    /**
     * A copy with another {@code unixFile}.
     *
     * @param unixFile the mode and the owner of a listener's file
     * @return the copy
     */
    public SocketOptions withUnixFile(UnixFile unixFile) {
        return new SocketOptions(
                tcpNoDelay,
                keepAlive,
                sendBufferBytes,
                receiveBufferBytes,
                reuseAddress,
                reusePort,
                keepAliveProbes,
                userTimeout,
                fastOpen,
                unixFile);
    }
}
