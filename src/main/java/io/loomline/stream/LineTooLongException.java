package io.loomline.stream;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * Thrown by a read of a line over the limit, once for that line. The next read skips the rest of
 * the line and starts after its terminator.
 */
public final class LineTooLongException extends IOException implements SkippedInput {
    private static final long serialVersionUID = 1;

    /** In bytes, without the terminator. */
    private final int limitBytes;

    /**
     * Creates the exception, for code that reads lines without {@code Connection.readLine}.
     *
     * @param remote the peer's address, for the message
     * @param limitBytes the limit in bytes, without the terminator
     */
    public LineTooLongException(SocketAddress remote, int limitBytes) {
        super("a line from " + remote + " is longer than " + limitBytes + " bytes");
        this.limitBytes = limitBytes;
    }

    /**
     * The limit.
     *
     * @return the number of bytes, without the terminator
     */
    public int limitBytes() {
        return limitBytes;
    }
}
