package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a datagram to the Unix-domain socket of a service manager. The JDK has no such sockets.
 *
 * <p><i>Source:</i> <a
 * href="https://man7.org/linux/man-pages/man3/sd_notify.3.html">sd_notify(3)</a>: "If the first
 * character of $NOTIFY_SOCKET is "@", the string is understood as Linux abstract namespace socket."
 */
public final class ServiceNotification {
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;

    /** MSG_DONTWAIT and MSG_NOSIGNAL. */
    private static final int FLAGS = 0x40 | 0x4000;

    private static final int MAX_PATH_BYTES = SocketAddresses.MAX_BYTES - 2;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** How often to try if the queue of the service manager is full: for about a second. */
    private static final int MAX_TRIES = 100;

    private static final MethodHandle SOCKET =
            Libc.critical("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SEND_TO =
            Libc.criticalReturning(
                    JAVA_LONG, "sendto", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);

    private ServiceNotification() {}

    /**
     * Sends a state. <i>Blocks</i> for about a second at most, if the receiver's queue is full.
     *
     * @param socket the receiver: an absolute path, or {@code @} and an abstract name
     * @param state the state, such as {@code READY=1}
     * @throws IOException if the state cannot be sent
     */
    public static void send(String socket, String state) throws IOException {
        byte[] address = address(socket);
        int sender =
                Errno.checked(
                        Libc.run(e ->
                                (int)
                                        SOCKET.invokeExact(
                                                e,
                                                SocketAddresses.AF_UNIX,
                                                SOCK_DGRAM | SOCK_CLOEXEC,
                                                0)));
        try {
            send(sender, address, state.getBytes(StandardCharsets.UTF_8));
        } finally {
            Libc.close(sender);
        }
    }

    private static void send(int sender, byte[] address, byte[] state) throws IOException {
        var to = MemorySegment.ofArray(address);
        var bytes = MemorySegment.ofArray(state);
        for (int i = 0; i < MAX_TRIES; i++) {
            int sent =
                    Libc.run(e ->
                            (int)
                                    (long)
                                            SEND_TO.invokeExact(
                                                    e,
                                                    sender,
                                                    bytes,
                                                    (long) state.length,
                                                    FLAGS,
                                                    to,
                                                    address.length));
            if (sent != -Errno.EAGAIN && sent != -Errno.EINTR) {
                Errno.checked(sent);
                return;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new SocketTimeoutException("the receiver's queue is full");
    }

    /** Encodes a path with its terminating 0, or an abstract name with a 0 before it: unix(7). */
    private static byte[] address(String socket) throws IOException {
        boolean abstractName = socket.startsWith("@");
        byte[] name = socket.getBytes(StandardCharsets.UTF_8);
        if ((!abstractName && !socket.startsWith("/")) || name.length >= MAX_PATH_BYTES) {
            throw new IOException(
                    "notify socket "
                            + socket
                            + ": expected an absolute path or an abstract name, of at most "
                            + (MAX_PATH_BYTES - 1)
                            + " bytes");
        }
        if (abstractName) name[0] = 0;
        return ByteBuffer.allocate(2 + name.length + (abstractName ? 0 : 1))
                .order(ByteOrder.nativeOrder())
                .putShort((short) SocketAddresses.AF_UNIX)
                .put(name)
                .array();
    }
}
