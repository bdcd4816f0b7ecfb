package io.loomline.stream;

import java.io.EOFException;
import java.net.SocketAddress;

/** Thrown by a read if the peer ended its output before all requested bytes had arrived. */
public final class IncompleteReadException extends EOFException {
    private static final long serialVersionUID = 1;

    /** The bytes received before the end. */
    private final byte[] received;

    /** The number of bytes requested; -1 if a delimiter or terminator was. */
    private final long expectedBytes;

    private IncompleteReadException(String message, byte[] received, long expectedBytes) {
        super(message);
        this.received = received;
        this.expectedBytes = expectedBytes;
    }

    /**
     * Creates the exception of a read of a number of bytes.
     *
     * @param expectedBytes the number of bytes requested
     * @param received the bytes received
     * @param remote the peer's address, for the message
     * @return the exception
     */
    public static IncompleteReadException ofLength(
            int expectedBytes, byte[] received, SocketAddress remote) {
        return new IncompleteReadException(
                "expected %d bytes, but the input from %s ended after %d"
                        .formatted(expectedBytes, remote, received.length),
                received,
                expectedBytes);
    }

    /**
     * Creates the exception of a read that passes its bytes on as they arrive, and so carries none.
     *
     * @param expectedBytes the number of bytes requested
     * @param passedBytes the number of bytes passed on
     * @param remote the peer's address, for the message
     * @return the exception
     */
    public static IncompleteReadException ofPassed(
            long expectedBytes, long passedBytes, SocketAddress remote) {
        return new IncompleteReadException(
                "expected %d bytes, but the input from %s ended after %d"
                        .formatted(expectedBytes, remote, passedBytes),
                new byte[0],
                expectedBytes);
    }

    /**
     * Creates the exception of a read up to a delimiter or terminator.
     *
     * @param end the delimiter's description, for the message
     * @param received the bytes received
     * @param remote the peer's address, for the message
     * @return the exception
     */
    public static IncompleteReadException upTo(String end, byte[] received, SocketAddress remote) {
        return new IncompleteReadException(
                "expected %s, but the input from %s ended after %d bytes"
                        .formatted(end, remote, received.length),
                received,
                -1);
    }

    /**
     * The bytes received before the end. They are consumed: the next read does not return them.
     *
     * @return the bytes; none if the read passes bytes on as they arrive, as a stream does
     */
    public byte[] received() {
        return received.clone();
    }

    /**
     * The number of bytes requested.
     *
     * @return the number; -1 if a delimiter or terminator was requested
     */
    public long expectedBytes() {
        return expectedBytes;
    }
}
