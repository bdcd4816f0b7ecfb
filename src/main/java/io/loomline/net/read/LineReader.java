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
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Reads lines. A rejected line is skipped with its terminator. */
public final class LineReader {
    /** The size of the longest terminator. */
    private static final int TERMINATOR_BYTES = 2;

    private final Input input;
    private final ReadBuffer window;

    public LineReader(Input input) {
        this.input = input;
        this.window = input.window();
    }

    public @Nullable String read(LineFormat format) throws IOException, InterruptedException {
        input.enter();
        try {
            return switch (format.ending()) {
                case LF_OR_CRLF, LENIENT_CRLF -> readToLf(format);
                case CRLF -> readToCrLf(format);
                case ANY -> readToEither(format);
            };
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

    private @Nullable String readToLf(LineFormat format) throws IOException, InterruptedException {
        if (Text.extendsAscii(format.charset())) {
            String line = window.takeAsciiLine(format.maxBytes());
            if (line != null) return line;
        }
        int searched = 0;
        int newline;
        while ((newline = window.indexOf((byte) '\n', searched)) < 0) {
            searched = window.length();
            requireShort(lengthWithoutReturn(searched), format);
            if (!input.fillLine(format.maxBytes() + TERMINATOR_BYTES)) return lastLine(format);
        }
        return takeLine(format, lengthWithoutReturn(newline), newline + 1);
    }

    /** The length without a last CR, which may belong to the terminator. */
    private int lengthWithoutReturn(int length) {
        return length > 0 && window.at(length - 1) == '\r' ? length - 1 : length;
    }

    /** Searches the first CR or LF. It must begin a CRLF. */
    private @Nullable String readToCrLf(LineFormat format)
            throws IOException, InterruptedException {
        int searched = 0;
        while (true) {
            int found = window.indexOf((byte) '\r', (byte) '\n', searched);
            searched = found < 0 ? window.length() : found;
            requireShort(searched, format);
            boolean decided =
                    found >= 0 && (window.at(found) == '\n' || found + 1 < window.length());
            if (decided) {
                requireCrLf(found);
                return takeLine(format, found, found + TERMINATOR_BYTES);
            }
            if (!input.fillLine(format.maxBytes() + TERMINATOR_BYTES)) {
                if (found >= 0) throw loneByte(found);
                return lastLine(format);
            }
        }
    }

    private @Nullable String readToEither(LineFormat format)
            throws IOException, InterruptedException {
        int searched = 0;
        int found;
        while ((found = window.indexOf((byte) '\r', (byte) '\n', searched)) < 0) {
            searched = window.length();
            requireShort(searched, format);
            if (!input.fillLine(format.maxBytes() + 1)) return lastLine(format);
        }
        byte end = window.at(found);
        try {
            return takeLine(format, found, found + 1);
        } finally {
            input.lineEndedWith(end);
        }
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
    private void requireShort(int length, LineFormat format) throws LineTooLongException {
        if (length <= format.maxBytes()) return;
        input.rejectLine(format.ending(), length);
        throw tooLong(format);
    }

    private LineTooLongException tooLong(LineFormat format) {
        return new LineTooLongException(input.remoteAddress(), format.maxBytes());
    }

    /** Takes the bytes between the last terminator and the end of the input, if there are any. */
    private @Nullable String lastLine(LineFormat format) throws IOException {
        int length = window.length();
        if (length == 0) return null;
        boolean fits = length <= format.maxBytes();
        if (fits && format.unterminated() == Unterminated.REJECT) {
            throw IncompleteReadException.upTo(
                    "the end of a line", window.take(length), input.remoteAddress());
        }
        return takeLine(format, length, length);
    }

    /** Takes a line out of the window, even if it is rejected. */
    private String takeLine(LineFormat format, int length, int lengthWithTerminator)
            throws IOException {
        try {
            if (length > format.maxBytes()) throw tooLong(format);
            String line = window.text(length, format.charset());
            return line == null ? malformed(format, length) : line;
        } finally {
            window.consume(lengthWithTerminator);
        }
    }

    private String malformed(LineFormat format, int length) throws MalformedTextException {
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
