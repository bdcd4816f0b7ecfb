package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.buffer.Text;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.stream.LineFormat.Unterminated;
import io.loomline.stream.LineTooLongException;
import io.loomline.stream.MalformedTextException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Reads lines, as text or as bytes. A rejected line is skipped with its terminator. */
public final class LineReader {
    /** The size of the longest terminator. */
    private static final int TERMINATOR_BYTES = 2;

    private final Input input;
    private final ReadBuffer window;

    /** The number of bytes in the last awaited line, without its terminator. Used by the reader. */
    private int length;

    public LineReader(Input input) {
        this.input = input;
        this.window = input.window();
    }

    public @Nullable String read(LineFormat format) throws IOException, InterruptedException {
        input.enter();
        try {
            String line = takeAscii(format);
            if (line != null) return line;
            int lineBytes = awaitLine(format, format.maxBytes());
            return lineBytes == 0 ? null : takeText(format, lineBytes);
        } finally {
            input.leave();
        }
    }

    /** Reads a line, which must come. */
    public String require(LineFormat format) throws IOException, InterruptedException {
        String line = read(format);
        if (line != null) return line;
        throw IncompleteReadException.upTo("a line", new byte[0], input.remoteAddress());
    }

    /** Reads the bytes of a line into an array of their number; null at the end of the input. */
    public byte @Nullable [] readBytes(LineFormat format) throws IOException, InterruptedException {
        input.enter();
        try {
            int lineBytes = awaitLine(format, format.maxBytes());
            if (lineBytes == 0) return null;
            byte[] line = window.copy(length);
            consume(lineBytes, format.ending());
            return line;
        } finally {
            input.leave();
        }
    }

    /**
     * Reads the bytes of a line into a buffer, whose space is a further limit of the line.
     *
     * @return the number of bytes; -1 at the end of the input
     */
    public int readInto(ByteBuffer target, LineFormat format)
            throws IOException, InterruptedException {
        input.enter();
        try {
            if (target.isReadOnly()) throw new ReadOnlyBufferException();
            int lineBytes = awaitLine(format, Math.min(format.maxBytes(), target.remaining()));
            if (lineBytes == 0) return -1;
            int taken = length;
            window.copyTo(target, taken);
            consume(lineBytes, format.ending());
            return taken;
        } finally {
            input.leave();
        }
    }

    /** Takes a line out of the window if all of it is there and is ASCII, as most lines are. */
    private @Nullable String takeAscii(LineFormat format) {
        return switch (format.ending()) {
            case LF_OR_CRLF, LENIENT_CRLF ->
                    Text.extendsAscii(format.charset())
                            ? window.takeAsciiLine(format.maxBytes())
                            : null;
            case CRLF, ANY -> null;
        };
    }

    /**
     * Waits until the window begins with a whole line, and sets its length.
     *
     * @param maxBytes the largest number of bytes in the line, without its terminator
     * @return the number of bytes in the line, with its terminator; 0 at the end of the input
     * @throws LineTooLongException if the line has more bytes; it is skipped
     */
    private int awaitLine(LineFormat format, int maxBytes)
            throws IOException, InterruptedException {
        int lineBytes =
                switch (format.ending()) {
                    case LF_OR_CRLF, LENIENT_CRLF -> awaitLf(format, maxBytes);
                    case CRLF -> awaitCrLf(format, maxBytes);
                    case ANY -> awaitEither(format, maxBytes);
                };
        length = lengthOf(lineBytes, format.ending());
        if (length <= maxBytes) return lineBytes;
        consume(lineBytes, format.ending());
        throw tooLong(maxBytes);
    }

    private int awaitLf(LineFormat format, int maxBytes) throws IOException, InterruptedException {
        int searched = 0;
        int newline;
        while ((newline = window.indexOf((byte) '\n', searched)) < 0) {
            searched = window.length();
            requireShort(lengthWithoutReturn(searched), format, maxBytes);
            if (!input.fillLine(maxBytes + TERMINATOR_BYTES)) return lastLine(format, maxBytes);
        }
        return newline + 1;
    }

    /** Searches the first CR or LF. It must begin a CRLF. */
    private int awaitCrLf(LineFormat format, int maxBytes)
            throws IOException, InterruptedException {
        int searched = 0;
        while (true) {
            int found = window.indexOf((byte) '\r', (byte) '\n', searched);
            searched = found < 0 ? window.length() : found;
            requireShort(searched, format, maxBytes);
            boolean decided =
                    found >= 0 && (window.at(found) == '\n' || found + 1 < window.length());
            if (decided) {
                requireCrLf(found);
                return found + TERMINATOR_BYTES;
            }
            if (!input.fillLine(maxBytes + TERMINATOR_BYTES)) {
                if (found >= 0) throw loneByte(found);
                return lastLine(format, maxBytes);
            }
        }
    }

    private int awaitEither(LineFormat format, int maxBytes)
            throws IOException, InterruptedException {
        int searched = 0;
        int found;
        while ((found = window.indexOf((byte) '\r', (byte) '\n', searched)) < 0) {
            searched = window.length();
            requireShort(searched, format, maxBytes);
            if (!input.fillLine(maxBytes + 1)) return lastLine(format, maxBytes);
        }
        return found + 1;
    }

    private void requireCrLf(int at) throws ProtocolException {
        if (window.at(at) != '\r' || window.at(at + 1) != '\n') throw loneByte(at);
    }

    private ProtocolException loneByte(int at) {
        String name = window.at(at) == '\r' ? "CR" : "LF";
        input.rejectLine(Ending.CRLF, at + 1);
        return new RejectedLineException(
                "byte %d of a line from %s is a lone %s: expected CRLF"
                        .formatted(at, input.remoteAddress(), name));
    }

    /** Rejects a line over the limit as soon as its length is known to exceed it. */
    private void requireShort(int length, LineFormat format, int maxBytes)
            throws LineTooLongException {
        if (length <= maxBytes) return;
        input.rejectLine(format.ending(), length);
        throw tooLong(maxBytes);
    }

    private LineTooLongException tooLong(int maxBytes) {
        return new LineTooLongException(input.remoteAddress(), maxBytes);
    }

    /** The number of bytes between the last terminator and the end of the input. */
    private int lastLine(LineFormat format, int maxBytes) throws IncompleteReadException {
        int length = window.length();
        boolean isRejected = format.unterminated() == Unterminated.REJECT;
        if (length == 0 || length > maxBytes || !isRejected) return length;
        throw IncompleteReadException.upTo(
                "the end of a line", window.take(length), input.remoteAddress());
    }

    /** The length of a line without its terminator, which the last line of the input may lack. */
    private int lengthOf(int lineBytes, Ending ending) {
        int last = lineBytes - 1;
        if (last < 0) return 0;
        if (window.at(last) == '\n') return ending == Ending.ANY ? last : lengthWithoutReturn(last);
        return ending == Ending.ANY && window.at(last) == '\r' ? last : lineBytes;
    }

    /** The length without a last CR, which may belong to the terminator. */
    private int lengthWithoutReturn(int length) {
        return length > 0 && window.at(length - 1) == '\r' ? length - 1 : length;
    }

    /** Takes a line out of the window, even if it is rejected. */
    private String takeText(LineFormat format, int lineBytes) throws MalformedTextException {
        try {
            String line = window.text(length, format.charset());
            return line == null ? malformed(format) : line;
        } finally {
            consume(lineBytes, format.ending());
        }
    }

    private void consume(int lineBytes, Ending ending) {
        byte last = window.at(lineBytes - 1);
        window.consume(lineBytes);
        if (ending == Ending.ANY && (last == '\r' || last == '\n')) input.lineEndedWith(last);
    }

    private String malformed(LineFormat format) throws MalformedTextException {
        Charset charset = format.charset();
        return switch (format.malformed()) {
            case REJECT ->
                    throw new MalformedTextException(
                            input.remoteAddress(), window.malformedAt(length, charset), charset);
            case REPLACE -> window.replacedText(length, charset);
            case LATIN_1 -> window.replacedText(length, StandardCharsets.ISO_8859_1);
        };
    }
}
