package io.loomline.stream;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * What was to be read whole, such as a frame, is longer than the limit. Nothing of it was read: the
 * next read sees the same bytes.
 */
public final class MessageTooLongException extends IOException {
    private static final long serialVersionUID = 1;

    /** Bytes. */
    private final int limitBytes;

    /**
     * Creates the exception.
     *
     * @param what the message that is too long, described
     * @param remote the peer's address, for the text of the exception
     * @param limitBytes the limit
     */
    public MessageTooLongException(String what, SocketAddress remote, int limitBytes) {
        super("%s from %s: expected at most %d bytes".formatted(what, remote, limitBytes));
        this.limitBytes = limitBytes;
    }

    /**
     * The limit.
     *
     * @return bytes
     */
    public int limitBytes() {
        return limitBytes;
    }
}
