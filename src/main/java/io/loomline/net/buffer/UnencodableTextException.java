package io.loomline.net.buffer;

import io.loomline.stream.Recoverable;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/** Thrown for text that its charset cannot encode. */
final class UnencodableTextException extends CharacterCodingException implements Recoverable {
    private static final long serialVersionUID = 1;

    /** Names the position, the character and the charset. */
    private final String message;

    UnencodableTextException(String text, int position, Charset charset) {
        message =
                "character %d of the text is U+%04X, which %s cannot encode"
                        .formatted(position, text.codePointAt(position), charset);
    }

    @Override
    public String getMessage() {
        return message;
    }
}
