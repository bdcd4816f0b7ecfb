package io.loomline.stream;

import java.net.SocketAddress;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/** Thrown if a line is malformed in its charset. The message names the position and the peer. */
public final class MalformedTextException extends CharacterCodingException implements SkippedInput {
    private static final long serialVersionUID = 1;

    /** Names the position, the peer and the charset. */
    private final String message;

    /**
     * Creates the exception.
     *
     * @param remote the peer's address, for the message
     * @param position the index in the line of the first malformed byte
     * @param charset the expected charset
     */
    public MalformedTextException(SocketAddress remote, int position, Charset charset) {
        message = "byte %d of a line from %s is not %s".formatted(position, remote, charset);
    }

    /** The position, the peer and the charset. */
    @Override
    public String getMessage() {
        return message;
    }
}
