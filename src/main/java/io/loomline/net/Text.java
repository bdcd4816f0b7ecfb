package io.loomline.net;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Text as bytes and back, where what is malformed is an error. */
final class Text {
    /** Charsets of which we know that ASCII is ASCII in them. */
    private static final Set<Charset> ASCII_AND_MORE =
            Set.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1, StandardCharsets.US_ASCII);

    private Text() {}

    static String decode(byte[] bytes, int offset, int length) throws CharacterCodingException {
        if (isAscii(bytes, offset, length)) {
            return new String(bytes, offset, length, StandardCharsets.ISO_8859_1); // a plain copy
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes, offset, length))
                .toString();
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        int seen = 0;
        for (int i = offset; i < offset + length; i++) seen |= bytes[i];
        return seen >= 0;
    }

    /** The bytes of a text. */
    static byte[] encode(String text, Charset charset) throws CharacterCodingException {
        if (isAscii(text, charset)) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
        ByteBuffer encoded = charset.newEncoder().encode(CharBuffer.wrap(text));
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    /** Whether the bytes of a text are its characters. */
    static boolean isAscii(String text, Charset charset) {
        return ASCII_AND_MORE.contains(charset) && isAscii(text);
    }

    private static boolean isAscii(String text) {
        int seen = 0;
        for (int i = 0; i < text.length(); i++) seen |= text.charAt(i);
        return seen < 0x80;
    }

    /**
     * Refuses text that would not be one line for the peer.
     *
     * @throws IllegalArgumentException if it has a CR, LF or NUL in it
     */
    static void requireOneLine(String line) {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\n' || c == '\r' || c == 0) {
                throw new IllegalArgumentException(
                        "character %d of the line is U+%04X: expected no CR, LF or NUL"
                                .formatted(i, (int) c));
            }
        }
    }
}
