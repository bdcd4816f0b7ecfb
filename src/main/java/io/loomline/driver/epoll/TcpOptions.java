package io.loomline.driver.epoll;

import io.loomline.driver.KeepAliveProbes;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;

import java.io.IOException;

/** Sets the options that only TCP sockets have: tcp(7). Accepted sockets inherit them. */
final class TcpOptions {
    private static final int SOL_SOCKET = 1;
    private static final int SO_KEEPALIVE = 9;
    private static final int SO_REUSEPORT = 15;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_NODELAY = 1;
    private static final int TCP_KEEPIDLE = 4;
    private static final int TCP_KEEPINTVL = 5;
    private static final int TCP_KEEPCNT = 6;
    private static final int TCP_USER_TIMEOUT = 18;
    private static final int TCP_FASTOPEN = 23;
    private static final int TCP_FASTOPEN_CONNECT = 30;

    private TcpOptions() {}

    /** Prepares a socket that connects. */
    static void forConnect(int socket, SocketOptions options) throws IOException {
        set(socket, options);
        if (options.fastOpen()) require("fastOpen", socket, TCP_FASTOPEN_CONNECT, 1);
    }

    /**
     * Prepares a socket that is not bound yet.
     *
     * <p><i>Source:</i> TCP_FASTOPEN in <a
     * href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>: "The value specifies the
     * maximum length of pending SYNs (similar to the backlog argument in listen(2))."
     */
    static void forListen(int socket, SocketOptions options, int backlog) throws IOException {
        set(socket, options);
        if (options.reusePort()) Sockets.set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
        if (options.fastOpen()) require("fastOpen", socket, TCP_FASTOPEN, backlog);
    }

    /** Sets the options of connections, also for a listening socket that has none yet. */
    static void set(int socket, SocketOptions options) throws IOException {
        if (options.tcpNoDelay()) Sockets.set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
        if (options.keepAlive()) keepAlive(socket, options.keepAliveProbes());
        int userTimeout = options.userTimeoutMillis();
        if (userTimeout > 0) require("userTimeout", socket, TCP_USER_TIMEOUT, userTimeout);
    }

    private static void keepAlive(int socket, KeepAliveProbes probes) throws IOException {
        Sockets.set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        int idle = probes.idleSeconds();
        if (idle > 0) Sockets.set(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle);
        int interval = probes.intervalSeconds();
        if (interval > 0) Sockets.set(socket, IPPROTO_TCP, TCP_KEEPINTVL, interval);
        if (probes.count() > 0) Sockets.set(socket, IPPROTO_TCP, TCP_KEEPCNT, probes.count());
    }

    /** Sets an option that an older kernel, or one set up otherwise, does not have. */
    private static void require(String name, int socket, int option, int value) throws IOException {
        int result = Sockets.trySet(socket, IPPROTO_TCP, option, value);
        if (Errno.isUnsupported(-result)) {
            throw new UnsupportedOperationException(
                    "%s: this kernel does not support option %d of TCP here: %s"
                            .formatted(name, option, Libc.message(-result)));
        }
        Errno.checked(result);
    }
}
