package io.loomline.net.write;

import io.loomline.net.wire.InterruptedIo;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A connection's output as an {@link OutputStream}. A cancel becomes an {@link
 * InterruptedIOException}.
 */
public final class OutputView extends OutputStream {
    private final Output output;

    /** Run when the stream is closed. */
    private final Runnable closing;

    public OutputView(Output output, Runnable closing) {
        this.output = output;
        this.closing = closing;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        var source = ByteBuffer.wrap(bytes, offset, length);
        try {
            output.write(source);
        } catch (InterruptedException e) {
            InterruptedIOException cut = InterruptedIo.of(e);
            cut.bytesTransferred = length - source.remaining();
            throw cut;
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            output.flush();
        } catch (InterruptedException e) {
            throw InterruptedIo.of(e);
        }
    }

    @Override
    public void close() {
        closing.run();
    }
}
