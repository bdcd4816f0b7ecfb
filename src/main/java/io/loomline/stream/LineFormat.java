package io.loomline.stream;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * What a line is, and how its text is coded.
 *
 * @param ending what ends a line that is read, and its {@link Ending#terminator} when one is
 *     written
 * @param charset how text is coded, in both directions; what cannot be decoded is an error
 * @param maxBytes how many bytes a line that is read may have, without its terminator
 * @param unterminated what a last line without a terminator is
 */
public record LineFormat(Ending ending, Charset charset, int maxBytes, Unterminated unterminated) {
    /** What ends a line. */
    public enum Ending {
        /** LF or CRLF; a lone CR is a part of the line. */
        LF_OR_CRLF("\n"),
        /** CRLF only; a line that has a lone CR or LF in it is refused. */
        CRLF("\r\n");

        private final String terminator;

        Ending(String terminator) {
            this.terminator = terminator;
        }

        /**
         * The terminator of every line that is written.
         *
         * @return LF or CRLF
         */
        public String terminator() {
            return terminator;
        }
    }

    /** What stands between the last terminator and the end of the input. */
    public enum Unterminated {
        /** A line like any other. */
        RETURN,
        /** An error: {@link IncompleteReadException}. */
        REJECT
    }

    private static final int DEFAULT_MAX_BYTES = 64 * 1024;

    /** Room for a terminator behind the longest line, in an array. */
    private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    /** LF or CRLF, UTF-8, at most 64 KiB; a last line without terminator is returned. */
    public static final LineFormat DEFAULT =
            new LineFormat(
                    Ending.LF_OR_CRLF,
                    StandardCharsets.UTF_8,
                    DEFAULT_MAX_BYTES,
                    Unterminated.RETURN);

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException if {@code maxBytes} is less than 1 or more than an array
     *     holds, or the charset does not write CR and LF as the bytes 0x0D and 0x0A, as UTF-16 does
     *     not
     */
    public LineFormat {
        Objects.requireNonNull(ending, "ending");
        Objects.requireNonNull(unterminated, "unterminated");
        if (!charset.canEncode()
                || !Arrays.equals(
                        "\r\n".getBytes(charset), "\r\n".getBytes(StandardCharsets.US_ASCII))) {
            throw new IllegalArgumentException(
                    "charset " + charset + ": expected one with CRLF as the bytes 0x0D 0x0A");
        }
        if (maxBytes < 1 || maxBytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "maxBytes " + maxBytes + ": expected 1 to " + MOST_BYTES);
        }
    }

    /**
     * A copy with another terminator.
     *
     * @param ending what ends a line
     * @return the copy
     */
    public LineFormat withEnding(Ending ending) {
        return new LineFormat(ending, charset, maxBytes, unterminated);
    }

    /**
     * A copy with another charset.
     *
     * @param charset how text is coded; one that extends ASCII, as nearly all do
     * @return the copy
     */
    public LineFormat withCharset(Charset charset) {
        return new LineFormat(ending, charset, maxBytes, unterminated);
    }

    /**
     * A copy with another limit.
     *
     * @param maxBytes how many bytes a line that is read may have, without its terminator
     * @return the copy
     */
    public LineFormat withMaxBytes(int maxBytes) {
        return new LineFormat(ending, charset, maxBytes, unterminated);
    }

    /**
     * A copy that treats a last line without terminator in another way.
     *
     * @param unterminated what such a line is
     * @return the copy
     */
    public LineFormat withUnterminated(Unterminated unterminated) {
        return new LineFormat(ending, charset, maxBytes, unterminated);
    }
}
