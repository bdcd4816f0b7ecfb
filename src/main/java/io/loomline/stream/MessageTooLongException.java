package io.loomline.stream;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * Thrown by a read of a message, such as a frame, that is longer than the limit, or by a read that
 * needs bytes beyond its {@code ReadBudget}. Nothing was read: the next read returns the same
 * bytes. Only a call that passes bytes on as they arrive, such as a transfer, has read what it
 * passed on.
 */
public final class MessageTooLongException extends IOException implements Recoverable {
    private static final long serialVersionUID = 1;

    /** In bytes. */
    private final long limitBytes;

    /**
     * Creates the exception.
     *
     * @param description the description of the message that is too long
     * @param remote the peer's address, for the text of the exception
     * @param limitBytes the limit in bytes
     */
    public MessageTooLongException(String description, SocketAddress remote, long limitBytes) {
        super("%s from %s: expected at most %d bytes".formatted(description, remote, limitBytes));
        this.limitBytes = limitBytes;
    }

    /**
     * The limit.
     *
     * @return the number of bytes
     */
    public long limitBytes() {
        return limitBytes;
    }
}
