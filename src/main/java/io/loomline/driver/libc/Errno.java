package io.loomline.driver.libc;

import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.ExhaustionException;
import io.loomline.log.ErrorText;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;

/**
 * Error numbers, which are the same on x86-64 and aarch64: errno(3). They are translated to the
 * exceptions that the JDK would throw.
 */
public final class Errno {
    private static final int EPERM = 1;
    public static final int EINTR = 4;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final int EACCES = 13;
    public static final int EINVAL = 22;
    private static final int ENFILE = 23;
    public static final int EMFILE = 24;
    private static final int ENOSPC = 28;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENOSYS = 38;
    private static final int ENOSR = 63;
    private static final int ENONET = 64;
    private static final int EPROTO = 71;
    static final int EOVERFLOW = 75;
    private static final int ENOPROTOOPT = 92;
    private static final int EPROTONOSUPPORT = 93;
    private static final int ESOCKTNOSUPPORT = 94;
    private static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;
    private static final int ENETDOWN = 100;
    private static final int ENETUNREACH = 101;
    private static final int ENETRESET = 102;
    private static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    private static final int ENOBUFS = 105;
    public static final int EISCONN = 106;
    public static final int ENOTCONN = 107;
    private static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    private static final int EHOSTDOWN = 112;
    private static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;

    private Errno() {}

    /** Whether setsockopt(2) has failed because the kernel does not have the option. */
    public static boolean isUnsupported(int errno) {
        return errno == ENOPROTOOPT || errno == EOPNOTSUPP;
    }

    /** Translates the error of a failed read or write. */
    public static IOException ofTransfer(int errno) {
        if (errno == ECONNRESET) return new SocketException("Connection reset");
        return new IOException(Libc.message(errno));
    }

    /** Translates the error of a failed connect, bind or change of a socket. */
    public static IOException ofSocket(int errno) {
        String message = Libc.message(errno);
        return switch (errno) {
            case EPROTO -> new ProtocolException(message);
            case ECONNREFUSED, ETIMEDOUT, ENOTCONN -> new ConnectException(message);
            case EHOSTUNREACH -> new NoRouteToHostException(message);
            case EADDRINUSE, EADDRNOTAVAIL, EACCES -> new BindException(message);
            case ENOMEM, ENFILE, EMFILE, ENOSPC, ENOSR, ENOBUFS ->
                    new ExhaustionException(message, null);
            default -> new SocketException(message);
        };
    }

    /**
     * Translates the error of a failed accept. Errors of the connection that was next in the queue
     * are distinguished from a lack of resources.
     *
     * <p><i>Source:</i> <a
     * href="https://man7.org/linux/man-pages/man2/accept.2.html">accept(2)</a>: "Linux accept()
     * (and accept4()) passes already-pending network errors on the new socket as an error code from
     * accept()." and "Various Linux kernels can return other errors such as ENOSR, ESOCKTNOSUPPORT,
     * EPROTONOSUPPORT, ETIMEDOUT."
     */
    public static IOException ofAccept(int errno) {
        return isOfConnection(errno)
                ? new ConnectionLostException(Libc.message(errno), null)
                : ofSocket(errno);
    }

    /** Whether an error concerns one connection, and neither a file nor the machine. */
    public static boolean isOfConnection(int errno) {
        return switch (errno) {
            case EPERM,
                    EPIPE,
                    ENONET,
                    EPROTO,
                    ENOPROTOOPT,
                    EPROTONOSUPPORT,
                    ESOCKTNOSUPPORT,
                    EOPNOTSUPP,
                    ENETDOWN,
                    ENETUNREACH,
                    ENETRESET,
                    ECONNABORTED,
                    ECONNRESET,
                    ENOTCONN,
                    ETIMEDOUT,
                    ECONNREFUSED,
                    EHOSTDOWN,
                    EHOSTUNREACH ->
                    true;
            default -> false;
        };
    }

    /** Classifies a failure of the setup of an accepted socket. */
    public static IOException ofAdoption(IOException e) {
        boolean exhausted = e instanceof ExhaustionException;
        return exhausted ? e : new ConnectionLostException(ErrorText.of(e), e);
    }

    /** Returns the result of a call on a socket, or throws its error. */
    public static int checked(int result) throws IOException {
        if (result < 0) throw ofSocket(-result);
        return result;
    }
}
