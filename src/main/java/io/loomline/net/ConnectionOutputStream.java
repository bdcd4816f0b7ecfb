package io.loomline.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A connection's output in the terms of {@code java.io}. */
final class ConnectionOutputStream extends OutputStream {
    private final Output output;
    private final Runnable closing;

    ConnectionOutputStream(Output output, Runnable closing) {
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
            throw interrupted(e, length - source.remaining());
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            output.flush();
        } catch (InterruptedException e) {
            throw interrupted(e, 0);
        }
    }

    /** The interrupt of a thread outside of tasks is used up by the exception: here it is not. */
    private static InterruptedIOException interrupted(InterruptedException e, int sentBytes) {
        Thread.currentThread().interrupt();
        var failure = new InterruptedIOException(e.getMessage());
        failure.initCause(e);
        failure.bytesTransferred = sentBytes;
        return failure;
    }

    @Override
    public void close() {
        closing.run();
    }
}
