package io.loomline.net.read;

import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineFormat.Unterminated;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A simple reference for the results of reads, which has the whole input in memory. */
final class NaiveReader {
    private static final long UNBOUNDED = Long.MAX_VALUE;
    private static final long NONE = -1;
    private static final String TOO_LONG = "(too long)";

    private final byte[] bytes;
    private final LineFormat format;
    private int at;

    /** The charset of the line that is read. */
    private Charset charset;

    /** The largest number of bytes in the line that is read. */
    private int maxBytes;

    /** Whether the rest of a rejected line is still to be skipped. */
    private boolean refused;

    /** The index at which the budget ends. */
    private long limit = UNBOUNDED;

    /** The size of a budget that no read has begun; {@code NONE} if there is none. */
    private long opened = NONE;

    NaiveReader(byte[] bytes, LineFormat format) {
        this.bytes = bytes;
        this.format = format;
        charset = format.charset();
        maxBytes = format.maxBytes();
    }

    int left() {
        return bytes.length - at;
    }

    private byte[] take(int length) {
        byte[] taken = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return taken;
    }

    /** Begins a budget with the next read. It replaces the present one. */
    void budget(long maxBytes) {
        limit = UNBOUNDED;
        opened = maxBytes;
    }

    void closeBudget() {
        limit = UNBOUNDED;
        opened = NONE;
    }

    /** The index before which the bytes are within the budget. */
    private int end() {
        return (int) Math.min(bytes.length, limit);
    }

    /** The number of bytes within the budget. */
    int visible() {
        return end() - at;
    }

    /** Whether bytes are beyond the budget. */
    private boolean hides() {
        return limit < bytes.length;
    }

    /**
     * Skips the rest of a rejected line before every read; the bytes of an earlier line are not the
     * budget's. Returns false if the rest goes on beyond the budget.
     */
    private boolean begin() {
        if (refused) {
            int found = at;
            while (found < end() && !isEnd(found)) found++;
            if (found == end() && hides()) return false;
            refused = false;
            at = Math.min(found + 1, bytes.length);
            if (found < end()) skipSecondHalf();
        }
        if (opened != NONE) {
            limit = at + Math.min(opened, UNBOUNDED - at);
            opened = NONE;
        }
        return true;
    }

    /** Whether a read of available bytes finds a byte or the end of the input. */
    boolean allowsReading() {
        return begin() && (visible() > 0 || !hides());
    }

    private boolean isEnd(int index) {
        boolean isLineFeed = bytes[index] == '\n';
        return switch (format.ending()) {
            case ANY -> isLineFeed || bytes[index] == '\r';
            case CRLF -> isLineFeed && index > refusedUpTo && bytes[index - 1] == '\r';
            case LF_OR_CRLF, LENIENT_CRLF -> isLineFeed;
        };
    }

    /** Skips the other of CR and LF, after the end of a line of any ending. It is never counted. */
    private void skipSecondHalf() {
        if (format.ending() != Ending.ANY || at == bytes.length) return;
        if (bytes[at - 1] + bytes[at] != '\r' + '\n') return;
        at++;
        if (limit != UNBOUNDED) limit++;
    }

    /** Rejects a line, whose bytes up to an index are dropped and contain no terminator. */
    private int refusedUpTo;

    private String refuse(int upTo) {
        refused = true;
        at = upTo;
        refusedUpTo = upTo;
        return TOO_LONG;
    }

    /** Reads a line of text. */
    String line() {
        return line(format.charset(), format.maxBytes());
    }

    /** Reads a line of bytes into a space of that size. */
    String lineInto(int spaceBytes) {
        return line(StandardCharsets.ISO_8859_1, Math.min(format.maxBytes(), spaceBytes));
    }

    private String line(Charset charset, int maxBytes) {
        this.charset = charset;
        this.maxBytes = maxBytes;
        if (!allowsReading()) return TOO_LONG;
        if (visible() == 0) return "(end)";
        return switch (format.ending()) {
            case CRLF -> strictLine();
            case ANY -> lineOfAnyEnd();
            case LF_OR_CRLF, LENIENT_CRLF -> looseLine();
        };
    }

    private String lineOfAnyEnd() {
        int end = at;
        while (end < end() && bytes[end] != '\r' && bytes[end] != '\n') end++;
        boolean tooLong = end - at > maxBytes;
        if (end == end()) return tooLong ? refuse(end) : last();
        String line = tooLong ? TOO_LONG : decoded(end, end + 1);
        at = end + 1;
        skipSecondHalf();
        return line;
    }

    private String looseLine() {
        int newline = at;
        while (newline < end() && bytes[newline] != '\n') newline++;
        boolean ended = newline < end();
        int end = newline;
        // a CR at the end might belong to a terminator, so it does not count against the limit
        boolean isReturn = end > at && bytes[end - 1] == '\r';
        if (isReturn && ended) end--;
        int counted = end - at - (isReturn && !ended ? 1 : 0);
        if (counted > maxBytes) {
            if (!ended) return refuse(end);
            at = newline + 1;
            return TOO_LONG;
        }
        return ended ? decoded(end, newline + 1) : last();
    }

    private String strictLine() {
        int found = at;
        while (found < end() && bytes[found] != '\r' && bytes[found] != '\n') found++;
        if (found - at > maxBytes) return refuse(at + maxBytes);
        if (found == end()) return last();
        boolean isReturn = bytes[found] == '\r';
        if (isReturn && found + 1 == end() && hides()) return TOO_LONG;
        boolean both = isReturn && found + 1 < end() && bytes[found + 1] == '\n';
        if (both) return decoded(found, found + 2);
        refuse(found + 1);
        return "(alone)";
    }

    private String last() {
        if (hides()) return TOO_LONG;
        if (left() > maxBytes) {
            at = bytes.length;
            return TOO_LONG;
        }
        if (format.unterminated() == Unterminated.RETURN)
            return decoded(bytes.length, bytes.length);
        return incomplete();
    }

    private String decoded(int end, int next) {
        ByteBuffer line = ByteBuffer.wrap(bytes, at, end - at);
        at = next;
        try {
            return "line " + charset.newDecoder().decode(line.slice());
        } catch (CharacterCodingException e) {
            return switch (format.malformed()) {
                case REJECT -> "(malformed)";
                case REPLACE -> "line " + charset.decode(line);
                case LATIN_1 -> "line " + StandardCharsets.ISO_8859_1.decode(line);
            };
        }
    }

    String exactly(int length) {
        if (length == 0) return "";
        if (!begin()) return TOO_LONG;
        return visible() < length ? incomplete() : text(take(length));
    }

    String peek(int length) {
        if (length == 0) return "";
        if (!begin() || (visible() < length && hides())) return TOO_LONG;
        return text(Arrays.copyOfRange(bytes, at, at + Math.min(length, visible())));
    }

    String until(byte[] delimiter, int maxBytes) {
        if (!begin()) return TOO_LONG;
        int to = Math.min(end(), at + maxBytes);
        for (int i = at; i + delimiter.length <= to; i++) {
            if (Arrays.equals(bytes, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
                return text(take(i + delimiter.length - at));
            }
        }
        return visible() >= maxBytes ? TOO_LONG : incomplete();
    }

    String all(int maxBytes) {
        if (!begin() || visible() > maxBytes || hides()) return TOO_LONG;
        return text(take(left()));
    }

    /** Takes as many bytes as a read of available bytes has taken. */
    String taken(int count) {
        return text(take(count));
    }

    String frame(FrameFormat frames) {
        if (!allowsReading()) return TOO_LONG;
        if (visible() == 0) return "(end)";
        int most = frames.maxLengthBytes();
        int header = frames.headerBytes();
        long length = 0;
        int prefix = 0;
        boolean goesOn = true;
        while (goesOn) {
            if (prefix == most) {
                if (frames.length() == Length.VARINT) return "(bad length)";
                break;
            }
            if (header + prefix >= visible()) return incomplete();
            long next = Byte.toUnsignedLong(bytes[at + header + prefix]);
            if (frames.length() == Length.VARINT) {
                length += (next % 128) * (1L << (7 * prefix));
                goesOn = next >= 128;
            } else {
                length = length * 256 + next;
            }
            prefix++;
        }
        if (length > frames.maxBytes()) return TOO_LONG;
        if (visible() < header + prefix + length) return incomplete();
        String headed = text(take(header));
        take(prefix);
        return headed + text(take((int) length));
    }

    /** The result of a read that needs more bytes than there are. */
    private String incomplete() {
        if (hides()) return TOO_LONG;
        return "(incomplete " + text(take(left())) + ")";
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
