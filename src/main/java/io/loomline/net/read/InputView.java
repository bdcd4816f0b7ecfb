package io.loomline.net.read;

import io.loomline.net.wire.InterruptedIo;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;

/**
 * A connection's input as an {@link InputStream}. A cancel becomes an {@link
 * InterruptedIOException}.
 */
public final class InputView extends InputStream {
    private final ByteReader bytes;

    /** Run when the stream is closed. */
    private final Runnable closing;

    public InputView(ByteReader bytes, Runnable closing) {
        this.bytes = bytes;
        this.closing = closing;
    }

    /** A read that may be cancelled. */
    private interface Reading {
        long read() throws IOException, InterruptedException;
    }

    private static long translated(Reading call) throws InterruptedIOException, IOException {
        try {
            return call.read();
        } catch (InterruptedException e) {
            throw InterruptedIo.of(e);
        }
    }

    @Override
    public int read() throws IOException {
        return (int) translated(bytes::readByte);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        ByteBuffer part = ByteBuffer.wrap(target, offset, length);
        return (int) translated(() -> bytes.read(part));
    }

    @Override
    public long skip(long count) throws IOException {
        return count <= 0 ? 0 : translated(() -> bytes.skip(count));
    }

    @Override
    public int available() throws IOException {
        return (int) translated(bytes::available);
    }

    @Override
    public void close() {
        closing.run();
    }
}
