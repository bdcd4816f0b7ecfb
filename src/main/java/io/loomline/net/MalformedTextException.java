package io.loomline.net;

import java.net.SocketAddress;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/** A {@link CharacterCodingException} that says where. */
final class MalformedTextException extends CharacterCodingException {
    private static final long serialVersionUID = 1;

    private final String message;

    MalformedTextException(SocketAddress remote, int position, Charset charset) {
        message = "byte %d of a line from %s is not %s".formatted(position, remote, charset);
    }

    @Override
    public String getMessage() {
        return message;
    }
}
