package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.net.SocketException;

/**
 * The process or the machine has run out of what a connection needs, such as descriptors or memory
 * of the kernel. It passes when others free some: the call may be repeated after a pause.
 *
 * <p><i>Source:</i> EMFILE, ENFILE, ENOBUFS and ENOMEM in accept(2) and socket(2), ENOSPC in
 * epoll_ctl(2).
 */
public final class ExhaustionException extends SocketException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message what has run out, in the words of the system
     * @param cause what says so; null if nothing else does
     */
    public ExhaustionException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
