package io.loomline.stream;

import java.net.SocketAddress;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/** A line is not text of the expected charset. The message says where, and who sent it. */
public final class MalformedTextException extends CharacterCodingException {
    private static final long serialVersionUID = 1;

    /** The position, the peer and the charset, in words. */
    private final String message;

    /**
     * Creates the exception.
     *
     * @param remote the peer's address, for the message
     * @param position the index in the line of the first byte that is not text
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
