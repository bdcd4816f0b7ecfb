package io.loomline.net.read;

import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineFormat.Unterminated;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A simple reference for the results of reads, which has the whole input in memory. */
final class NaiveReader {
    private final byte[] bytes;
    private final LineFormat format;
    private int at;

    /** Whether the rest of a rejected line is still to be skipped. */
    private boolean refused;

    NaiveReader(byte[] bytes, LineFormat format) {
        this.bytes = bytes;
        this.format = format;
    }

    int left() {
        return bytes.length - at;
    }

    private byte[] take(int length) {
        byte[] taken = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return taken;
    }

    /** Skips the rest of a rejected line before every read. */
    void begin() {
        if (!refused) return;
        refused = false;
        while (at < bytes.length) {
            at++;
            if (!isEnd(at - 1)) continue;
            skipSecondHalf();
            return;
        }
    }

    private boolean isEnd(int index) {
        boolean isLineFeed = bytes[index] == '\n';
        return switch (format.ending()) {
            case ANY -> isLineFeed || bytes[index] == '\r';
            case CRLF -> isLineFeed && index > refusedUpTo && bytes[index - 1] == '\r';
            case LF_OR_CRLF, LENIENT_CRLF -> isLineFeed;
        };
    }

    /** Skips the other of CR and LF, after the end of a line of any ending. */
    private void skipSecondHalf() {
        if (format.ending() != Ending.ANY || at == bytes.length) return;
        if (bytes[at - 1] + bytes[at] == '\r' + '\n') at++;
    }

    /** Rejects a line, whose bytes up to an index are dropped and contain no terminator. */
    private int refusedUpTo;

    private void refuse(int upTo) {
        refused = true;
        at = upTo;
        refusedUpTo = upTo;
    }

    String line() {
        begin();
        if (left() == 0) return "(end)";
        return switch (format.ending()) {
            case CRLF -> strictLine();
            case ANY -> lineOfAnyEnd();
            case LF_OR_CRLF, LENIENT_CRLF -> looseLine();
        };
    }

    private String lineOfAnyEnd() {
        int end = at;
        while (end < bytes.length && bytes[end] != '\r' && bytes[end] != '\n') end++;
        if (end == bytes.length) return last();
        String line = end - at > format.maxBytes() ? "(too long)" : decoded(end, end + 1);
        at = end + 1;
        skipSecondHalf();
        return line;
    }

    private String looseLine() {
        int newline = at;
        while (newline < bytes.length && bytes[newline] != '\n') newline++;
        boolean ended = newline < bytes.length;
        int end = newline;
        // a CR at the end might belong to a terminator, so it does not count against the limit
        boolean isReturn = end > at && bytes[end - 1] == '\r';
        if (isReturn && ended) end--;
        int counted = end - at - (isReturn && !ended ? 1 : 0);
        if (counted > format.maxBytes()) {
            at = ended ? newline + 1 : bytes.length;
            return "(too long)";
        }
        return ended ? decoded(end, newline + 1) : last();
    }

    private String strictLine() {
        int found = at;
        while (found < bytes.length && bytes[found] != '\r' && bytes[found] != '\n') found++;
        if (found - at > format.maxBytes()) {
            refuse(at + format.maxBytes());
            return "(too long)";
        }
        if (found == bytes.length) return last();
        boolean both = bytes[found] == '\r' && found + 1 < bytes.length && bytes[found + 1] == '\n';
        if (both) return decoded(found, found + 2);
        refuse(found + 1);
        return "(alone)";
    }

    private String last() {
        if (left() > format.maxBytes()) {
            at = bytes.length;
            return "(too long)";
        }
        if (format.unterminated() == Unterminated.RETURN)
            return decoded(bytes.length, bytes.length);
        return "(incomplete " + text(take(left())) + ")";
    }

    private String decoded(int end, int next) {
        ByteBuffer line = ByteBuffer.wrap(bytes, at, end - at);
        at = next;
        try {
            return "line " + format.charset().newDecoder().decode(line.slice());
        } catch (CharacterCodingException e) {
            return switch (format.malformed()) {
                case REJECT -> "(malformed)";
                case REPLACE -> "line " + format.charset().decode(line);
                case LATIN_1 -> "line " + StandardCharsets.ISO_8859_1.decode(line);
            };
        }
    }

    String exactly(int length) {
        begin();
        return left() < length ? "(incomplete " + text(take(left())) + ")" : text(take(length));
    }

    String peek(int length) {
        begin();
        return text(Arrays.copyOfRange(bytes, at, at + Math.min(length, left())));
    }

    String until(byte[] delimiter, int maxBytes) {
        begin();
        int to = Math.min(bytes.length, at + maxBytes);
        for (int i = at; i + delimiter.length <= to; i++) {
            if (Arrays.equals(bytes, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
                return text(take(i + delimiter.length - at));
            }
        }
        return left() >= maxBytes ? "(too long)" : "(incomplete " + text(take(left())) + ")";
    }

    String all(int maxBytes) {
        begin();
        return left() > maxBytes ? "(too long)" : text(take(left()));
    }

    /** Takes as many bytes as a read of available bytes has taken. */
    String taken(int count) {
        return text(take(count));
    }

    String frame(FrameFormat frames) {
        begin();
        if (left() == 0) return "(end)";
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
            if (header + prefix >= left()) return incomplete();
            long next = Byte.toUnsignedLong(bytes[at + header + prefix]);
            if (frames.length() == Length.VARINT) {
                length += (next % 128) * (1L << (7 * prefix));
                goesOn = next >= 128;
            } else {
                length = length * 256 + next;
            }
            prefix++;
        }
        if (length > frames.maxBytes()) return "(too long)";
        if (left() < header + prefix + length) return incomplete();
        String headed = text(take(header));
        take(prefix);
        return headed + text(take((int) length));
    }

    private String incomplete() {
        return "(incomplete " + text(take(left())) + ")";
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
