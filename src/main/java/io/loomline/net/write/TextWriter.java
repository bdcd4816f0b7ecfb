package io.loomline.net.write;

import io.loomline.net.buffer.ByteSearch;
import io.loomline.net.buffer.Text;
import io.loomline.stream.LineFormat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/** Writes and encodes text and lines as a format says. */
public final class TextWriter {
    private TextWriter() {}

    /** Writes text without a terminator. */
    public static void write(Output output, String text, LineFormat format)
            throws IOException, InterruptedException {
        write(output, text, "", format.charset());
    }

    /** Writes a line and its terminator. */
    public static void writeLine(Output output, String line, LineFormat format)
            throws IOException, InterruptedException {
        String terminator = format.ending().terminator();
        if (Text.extendsAscii(format.charset()) && Text.isPlain(line)) {
            output.writeAscii(line, terminator);
            return;
        }
        Text.requireOneLine(line);
        write(output, line, terminator, format.charset());
    }

    /** Writes a line of bytes and its terminator. */
    public static void writeLineBytes(Output output, ByteBuffer line, LineFormat format)
            throws IOException, InterruptedException {
        ByteSearch.requireOneLine(line);
        output.writeLine(line, format.ending().terminator());
    }

    /** The bytes that {@link #write} writes. */
    public static byte[] encode(String text, LineFormat format) throws CharacterCodingException {
        return Text.encode(text, format.charset());
    }

    /** The bytes that {@link #writeLine} writes. */
    public static byte[] encodeLine(String line, LineFormat format)
            throws CharacterCodingException {
        Text.requireOneLine(line);
        return encode(line + format.ending().terminator(), format);
    }

    private static void write(Output output, String text, String ending, Charset charset)
            throws IOException, InterruptedException {
        if (Text.isAscii(text, charset)) output.writeAscii(text, ending);
        else output.write(ByteBuffer.wrap(Text.encode(text + ending, charset)));
    }
}
