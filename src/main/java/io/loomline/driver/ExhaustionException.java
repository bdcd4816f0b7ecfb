package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.net.SocketException;

/**
 * Reports that the process or the machine has run out of a resource that a connection needs, such
 * as descriptors or kernel memory. The condition passes when other connections or processes free
 * some, so the call may be repeated after a pause.
 *
 * <p><i>Source:</i> EMFILE, ENFILE, ENOBUFS and ENOMEM in <a
 * href="https://man7.org/linux/man-pages/man2/socket.2.html">socket(2)</a>: "The socket cannot be
 * created until sufficient resources are freed."
 *
 * <p>ENOSPC in <a href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl(2)</a>:
 * "The limit imposed by /proc/sys/fs/epoll/max_user_watches was encountered while trying to
 * register (EPOLL_CTL_ADD) a new file descriptor on an epoll instance."
 */
public final class ExhaustionException extends SocketException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message the system's description of the exhausted resource
     * @param cause the exception that reported the exhaustion; null if there is none
     */
    public ExhaustionException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
