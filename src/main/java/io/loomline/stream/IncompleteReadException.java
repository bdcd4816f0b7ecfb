package io.loomline.stream;

import java.io.EOFException;
import java.net.SocketAddress;

/** The peer ended its output before all that was to be read had come. */
public final class IncompleteReadException extends EOFException {
    private static final long serialVersionUID = 1;

    /** What came before the end. */
    private final byte[] received;

    /** How many bytes were asked for; negative where their end had to be found. */
    private final int expectedBytes;

    private IncompleteReadException(String message, byte[] received, int expectedBytes) {
        super(message);
        this.received = received;
        this.expectedBytes = expectedBytes;
    }

    /**
     * The input ended before a number of bytes had come.
     *
     * @param expectedBytes the number
     * @param received the bytes that came
     * @param remote the peer's address, for the message
     * @return the exception
     */
    public static IncompleteReadException ofLength(
            int expectedBytes, byte[] received, SocketAddress remote) {
        return new IncompleteReadException(
                "expected %d bytes, the input from %s ended after %d"
                        .formatted(expectedBytes, remote, received.length),
                received,
                expectedBytes);
    }

    /**
     * The input ended before a delimiter or a terminator had come.
     *
     * @param end its description, for the message
     * @param received the bytes that came
     * @param remote the peer's address, for the message
     * @return the exception
     */
    public static IncompleteReadException upTo(String end, byte[] received, SocketAddress remote) {
        return new IncompleteReadException(
                "expected %s, the input from %s ended after %d bytes without"
                        .formatted(end, remote, received.length),
                received,
                -1);
    }

    /**
     * What came before the end. These bytes are read: the next read does not see them again.
     *
     * @return the bytes
     */
    public byte[] received() {
        return received.clone();
    }

    /**
     * How many bytes were asked for.
     *
     * @return the number; -1 where a delimiter was, or a terminator
     */
    public int expectedBytes() {
        return expectedBytes;
    }
}
