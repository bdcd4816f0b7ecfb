package io.loomline.net.buffer;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Encodes and decodes text strictly: malformed input is reported, not replaced.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc3629#section-3">RFC 3629, section
 * 3</a>: "Implementations of the decoding algorithm above MUST protect against decoding invalid
 * sequences."
 */
public final class Text {
    /** The JDK's replacement for malformed input. It may also be part of the input itself. */
    private static final char REPLACEMENT = '\uFFFD';

    private static final int SCRATCH_CHARS = 256;

    /** From this length on, text is checked in parts of this length. */
    private static final int LONG_CHARS = 1024;

    private Text() {}

    /** Decodes a part of an array; null if it is malformed. */
    static @Nullable String decode(byte[] bytes, int offset, int length, Charset charset) {
        String text = new String(bytes, offset, length, charset);
        boolean isWellFormed =
                charset == StandardCharsets.ISO_8859_1
                        || (extendsAscii(charset) && text.indexOf(REPLACEMENT) < 0)
                        || malformedAt(bytes, offset, length, charset) < 0;
        return isWellFormed ? text : null;
    }

    /**
     * Whether a charset is known to code ASCII, and nothing else, as the bytes below 0x80. False
     * for charsets that are not listed here; some of them use such bytes as shift codes.
     */
    public static boolean extendsAscii(Charset charset) {
        return charset == StandardCharsets.UTF_8
                || charset == StandardCharsets.ISO_8859_1
                || charset == StandardCharsets.US_ASCII;
    }

    /** The index, in the part, of the first malformed byte; -1 if there is none. */
    static int malformedAt(byte[] bytes, int offset, int length, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder(); // it reports malformed input
        ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
        CharBuffer scratch = CharBuffer.allocate(SCRATCH_CHARS);
        CoderResult result;
        do {
            result = decoder.decode(source, scratch.clear(), true);
        } while (result.isOverflow());
        return result.isError() ? source.position() - offset : -1;
    }

    /** Encodes text. */
    public static byte[] encode(String text, Charset charset) throws CharacterCodingException {
        if (isAscii(text, charset)) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
        ByteBuffer encoded = encode(CharBuffer.wrap(text), charset);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static ByteBuffer encode(CharBuffer text, Charset charset)
            throws CharacterCodingException {
        try {
            return charset.newEncoder().encode(text);
        } catch (CharacterCodingException e) {
            int at = text.position();
            var named = new UnencodableTextException(text.rewind().toString(), at, charset);
            named.initCause(e);
            throw named;
        }
    }

    /** Whether each character of the text is encoded as one byte of the same value. */
    public static boolean isAscii(String text, Charset charset) {
        return extendsAscii(charset) && isAscii(text);
    }

    private static boolean isAscii(String text) {
        if (text.length() > LONG_CHARS) return isLongAscii(text);
        int seen = 0;
        for (int i = 0; i < text.length(); i++) seen |= text.charAt(i);
        return seen < 0x80;
    }

    /** Uses the JDK's encoder, which is vectorized: four times as fast as a loop. */
    private static boolean isLongAscii(String text) {
        CharsetEncoder encoder = StandardCharsets.US_ASCII.newEncoder();
        var chars = new char[LONG_CHARS];
        ByteBuffer encoded = ByteBuffer.allocate(LONG_CHARS);
        for (int from = 0; from < text.length(); from += LONG_CHARS) {
            int count = Math.min(LONG_CHARS, text.length() - from);
            text.getChars(from, from + count, chars, 0);
            CharBuffer part = CharBuffer.wrap(chars, 0, count);
            if (encoder.encode(part, encoded.clear(), true).isError()) return false;
        }
        return true;
    }

    /** Whether a text is short and all characters are printable ASCII, as in most lines. */
    public static boolean isPlain(String text) {
        if (text.length() > LONG_CHARS) return false;
        int seen = 0;
        for (int i = 0; i < text.length(); i++) {
            int c = text.charAt(i);
            seen |= c | (c - ' '); // negative for a control character
        }
        return (seen & ~0x7F) == 0;
    }

    /**
     * Requires text that the peer reads as one line.
     *
     * @throws IllegalArgumentException if it contains CR, LF or NUL
     */
    public static void requireOneLine(String line) {
        // three searches, because each is an intrinsic of the JVM
        boolean isOne = line.indexOf('\n') < 0 && line.indexOf('\r') < 0 && line.indexOf(0) < 0;
        if (!isOne) throw notOneLine(line);
    }

    private static IllegalArgumentException notOneLine(String line) {
        int at = 0;
        while ("\n\r\0".indexOf(line.charAt(at)) < 0) at++;
        return notOneLine("character", at, line.charAt(at));
    }

    static IllegalArgumentException notOneLine(String unit, int at, int found) {
        return new IllegalArgumentException(
                "%s %d of the line is U+%04X: expected no CR, LF or NUL"
                        .formatted(unit, at, found));
    }
}
