package io.loomline.net.write;

import io.loomline.net.buffer.Text;
import io.loomline.stream.LineFormat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;

/** Writes text and lines, encoded as a format says. */
public final class TextWriter {
    private final Output output;

    public TextWriter(Output output) {
        this.output = output;
    }

    /** Writes text without a terminator. */
    public void write(String text, LineFormat format) throws IOException, InterruptedException {
        write(text, "", format.charset());
    }

    /** Writes a line and its terminator. */
    public void writeLine(String line, LineFormat format) throws IOException, InterruptedException {
        String terminator = format.ending().terminator();
        if (Text.extendsAscii(format.charset()) && Text.isPlain(line)) {
            output.writeAscii(line, terminator);
            return;
        }
        Text.requireOneLine(line);
        write(line, terminator, format.charset());
    }

    private void write(String text, String ending, Charset charset)
            throws IOException, InterruptedException {
        if (Text.isAscii(text, charset)) output.writeAscii(text, ending);
        else output.write(ByteBuffer.wrap(Text.encode(text + ending, charset)));
    }
}
