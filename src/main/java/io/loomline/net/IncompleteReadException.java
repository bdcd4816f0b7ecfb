package io.loomline.net;

import java.io.EOFException;

/** The peer ended its output before the bytes that were asked for had come. */
public final class IncompleteReadException extends EOFException {
    private static final long serialVersionUID = 1;

    /** What came before the end. */
    private final byte[] received;

    /** How many bytes were asked for. */
    private final int expectedBytes;

    IncompleteReadException(byte[] received, int expectedBytes) {
        super("expected " + expectedBytes + " bytes, the input ended after " + received.length);
        this.received = received;
        this.expectedBytes = expectedBytes;
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
     * @return the number
     */
    public int expectedBytes() {
        return expectedBytes;
    }
}
