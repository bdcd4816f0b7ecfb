package io.loomline.stream;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The format of lines.
 *
 * @param ending the terminators accepted in input, and the {@link Ending#terminator} of output
 * @param charset the charset of both directions; output that it cannot encode is an error
 * @param maxBytes the largest number of bytes in a line of input, without its terminator
 * @param unterminated the treatment of a last line without a terminator
 * @param malformed the treatment of a line of input that is malformed in the charset
 */
public record LineFormat(
        Ending ending,
        Charset charset,
        int maxBytes,
        Unterminated unterminated,
        Malformed malformed) {
    /** The end of a line. */
    public enum Ending {
        /** LF or CRLF; a lone CR is a part of the line. Output ends with LF. */
        LF_OR_CRLF("\n"),
        /**
         * CRLF; a bare LF is accepted too. A lone CR is a part of the line. Output ends with CRLF.
         */
        LENIENT_CRLF("\r\n"),
        /** CRLF only; a line that contains a lone CR or LF is rejected. */
        CRLF("\r\n"),
        /**
         * CR, LF, CRLF or LF CR. Output ends with CRLF. A line ends as soon as a CR or LF arrives.
         * If the other half of a pair comes next, whatever is read next skips it, so the input is
         * read in the same way however it is split into packets.
         */
        ANY("\r\n");

        private final String terminator;

        Ending(String terminator) {
            this.terminator = terminator;
        }

        /**
         * The terminator of every line of output.
         *
         * @return LF or CRLF
         */
        public String terminator() {
            return terminator;
        }
    }

    /** The treatment of bytes between the last terminator and the end of the input. */
    public enum Unterminated {
        /** They are returned as a line. */
        RETURN,
        /** The read throws {@link IncompleteReadException}. */
        REJECT
    }

    /** The treatment of a line of input that is malformed in the charset. */
    public enum Malformed {
        /** The read throws {@link java.nio.charset.CharacterCodingException} and skips the line. */
        REJECT,
        /** Each malformed sequence becomes U+FFFD, the replacement character. */
        REPLACE,
        /** The whole line is decoded as ISO-8859-1, which gives each byte a character. */
        LATIN_1
    }

    private static final int DEFAULT_MAX_BYTES = 64 * 1024;

    /** Leaves room in an array for the terminator of the longest line. */
    private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    /**
     * LF or CRLF, UTF-8, at most 64 KiB. A last line without a terminator is returned, and a
     * malformed line is rejected.
     */
    public static final LineFormat DEFAULT =
            new LineFormat(
                    Ending.LF_OR_CRLF,
                    StandardCharsets.UTF_8,
                    DEFAULT_MAX_BYTES,
                    Unterminated.RETURN,
                    Malformed.REJECT);

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException if {@code maxBytes} is less than 1 or exceeds the size of an
     *     array, or if the charset does not encode CR and LF as the bytes 0x0D and 0x0A (such as
     *     UTF-16)
     */
    public LineFormat {
        Objects.requireNonNull(ending, "ending");
        Objects.requireNonNull(unterminated, "unterminated");
        Objects.requireNonNull(malformed, "malformed");
        if (!charset.canEncode()
                || !Arrays.equals(
                        "\r\n".getBytes(charset), "\r\n".getBytes(StandardCharsets.US_ASCII))) {
            throw new IllegalArgumentException(
                    "charset " + charset + ": expected one that encodes CRLF as 0x0D 0x0A");
        }
        if (maxBytes < 1 || maxBytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "maxBytes " + maxBytes + ": expected 1 to " + MOST_BYTES);
        }
    }

    /**
     * A copy with another line ending.
     *
     * @param ending the end of a line
     * @return the copy
     */
    public LineFormat withEnding(Ending ending) {
        return new LineFormat(ending, charset, maxBytes, unterminated, malformed);
    }

    /**
     * A copy with another charset.
     *
     * @param charset the charset; must extend ASCII, as nearly all do
     * @return the copy
     */
    public LineFormat withCharset(Charset charset) {
        return new LineFormat(ending, charset, maxBytes, unterminated, malformed);
    }

    /**
     * A copy with another limit.
     *
     * @param maxBytes the largest number of bytes in a line of input, without its terminator
     * @return the copy
     */
    public LineFormat withMaxBytes(int maxBytes) {
        return new LineFormat(ending, charset, maxBytes, unterminated, malformed);
    }

    /**
     * A copy with another treatment of a last line without a terminator.
     *
     * @param unterminated the treatment of such a line
     * @return the copy
     */
    public LineFormat withUnterminated(Unterminated unterminated) {
        return new LineFormat(ending, charset, maxBytes, unterminated, malformed);
    }

    /**
     * A copy with another treatment of malformed lines.
     *
     * @param malformed the treatment of a line of input that is malformed in the charset
     * @return the copy
     */
    public LineFormat withMalformed(Malformed malformed) {
        return new LineFormat(ending, charset, maxBytes, unterminated, malformed);
    }
}
