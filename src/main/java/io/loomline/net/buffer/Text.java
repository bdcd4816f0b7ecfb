package io.loomline.net.buffer;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Text as bytes and back, where what is malformed is an error. */
public final class Text {
    /** What the JDK puts in the place of what is malformed; it may have been sent, too. */
    private static final char REPLACEMENT = '\uFFFD';

    private static final int SCRATCH_CHARS = 256;

    private Text() {}

    /** The text of a part of an array; null if it is not text of the charset. */
    static @Nullable String decode(byte[] bytes, int offset, int length, Charset charset) {
        String text = new String(bytes, offset, length, charset);
        boolean isGood =
                charset == StandardCharsets.ISO_8859_1
                        || (extendsAscii(charset) && text.indexOf(REPLACEMENT) < 0)
                        || malformedAt(bytes, offset, length, charset) < 0;
        return isGood ? text : null;
    }

    /** Whether bytes below 0x80 are ASCII. Of others we do not know; some keep state in them. */
    public static boolean extendsAscii(Charset charset) {
        return charset == StandardCharsets.UTF_8
                || charset == StandardCharsets.ISO_8859_1
                || charset == StandardCharsets.US_ASCII;
    }

    /** The index, in the part, of the first byte that is not text; -1 if all of it is. */
    static int malformedAt(byte[] bytes, int offset, int length, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder(); // reports what is malformed
        ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
        CharBuffer scratch = CharBuffer.allocate(SCRATCH_CHARS);
        CoderResult result;
        do {
            result = decoder.decode(source, scratch.clear(), true);
        } while (result.isOverflow());
        return result.isError() ? source.position() - offset : -1;
    }

    /** The bytes of a text. */
    public static byte[] encode(String text, Charset charset) throws CharacterCodingException {
        if (isAscii(text, charset)) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
        ByteBuffer encoded = charset.newEncoder().encode(CharBuffer.wrap(text));
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    /** Whether the bytes of a text are its characters. */
    public static boolean isAscii(String text, Charset charset) {
        return extendsAscii(charset) && isAscii(text);
    }

    private static boolean isAscii(String text) {
        int seen = 0;
        for (int i = 0; i < text.length(); i++) seen |= text.charAt(i);
        return seen < 0x80;
    }

    /** Whether a text has only printable characters of ASCII: what most lines are, in one pass. */
    public static boolean isPlain(String text) {
        int seen = 0;
        for (int i = 0; i < text.length(); i++) {
            int c = text.charAt(i);
            seen |= c | (c - ' '); // negative for a control character
        }
        return (seen & ~0x7F) == 0;
    }

    /**
     * Refuses text that would not be one line for the peer.
     *
     * @throws IllegalArgumentException if it has a CR, LF or NUL in it
     */
    public static void requireOneLine(String line) {
        // three searches, as the JVM has instructions for each
        boolean isOne = line.indexOf('\n') < 0 && line.indexOf('\r') < 0 && line.indexOf(0) < 0;
        if (!isOne) throw notOneLine(line);
    }

    private static IllegalArgumentException notOneLine(String line) {
        int at = 0;
        while ("\n\r\0".indexOf(line.charAt(at)) < 0) at++;
        return new IllegalArgumentException(
                "character %d of the line is U+%04X: expected no CR, LF or NUL"
                        .formatted(at, (int) line.charAt(at)));
    }
}
