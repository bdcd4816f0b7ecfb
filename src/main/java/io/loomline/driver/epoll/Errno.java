package io.loomline.driver.epoll;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;

/**
 * The numbers of errors, which x86-64 and aarch64 share: errno(3). What becomes of them is what the
 * JDK makes of them.
 */
final class Errno {
    static final int EINTR = 4;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    private static final int EACCES = 13;
    static final int EINVAL = 22;
    static final int EPIPE = 32;
    static final int ERANGE = 34;
    private static final int EPROTO = 71;
    static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;
    static final int ECONNRESET = 104;
    static final int EISCONN = 106;
    static final int ENOTCONN = 107;
    private static final int ETIMEDOUT = 110;
    private static final int ECONNREFUSED = 111;
    private static final int EHOSTUNREACH = 113;
    static final int EALREADY = 114;
    static final int EINPROGRESS = 115;

    private Errno() {}

    /** A failed transfer. */
    static IOException ofTransfer(int errno) {
        if (errno == ECONNRESET) return new SocketException("Connection reset");
        return new IOException(Libc.message(errno));
    }

    /** A failed connect, bind or change of a socket. */
    static IOException ofSocket(int errno) {
        String message = Libc.message(errno);
        return switch (errno) {
            case EPROTO -> new ProtocolException(message);
            case ECONNREFUSED, ETIMEDOUT, ENOTCONN -> new ConnectException(message);
            case EHOSTUNREACH -> new NoRouteToHostException(message);
            case EADDRINUSE, EADDRNOTAVAIL, EACCES -> new BindException(message);
            default -> new SocketException(message);
        };
    }

    /** What a call on a socket returned, unless it failed. */
    static int checked(int result) throws IOException {
        if (result < 0) throw ofSocket(-result);
        return result;
    }
}
