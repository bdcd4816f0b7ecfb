package io.loomline.stream;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * A line was longer than the limit. It is thrown once for that line; the rest of it is skipped, and
 * the next read begins behind its terminator.
 */
public final class LineTooLongException extends IOException {
    private static final long serialVersionUID = 1;

    /** Bytes, without the terminator. */
    private final int limitBytes;

    /**
     * Creates the exception, for code that reads lines by other means than {@code
     * Connection.readLine}.
     *
     * @param remote the peer's address, for the message
     * @param limitBytes the limit, without the terminator
     */
    public LineTooLongException(SocketAddress remote, int limitBytes) {
        super("a line from " + remote + " is longer than " + limitBytes + " bytes");
        this.limitBytes = limitBytes;
    }

    /**
     * The limit.
     *
     * @return bytes, without the terminator
     */
    public int limitBytes() {
        return limitBytes;
    }
}
