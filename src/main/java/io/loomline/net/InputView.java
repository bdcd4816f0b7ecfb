package io.loomline.net;

import io.loomline.log.ErrorText;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;

/**
 * A connection's input for code that knows streams. A cancel shows as the JDK's streams show it.
 */
final class InputView extends InputStream {
    private final ByteReader bytes;

    /** What closing the stream does. */
    private final Runnable closing;

    InputView(ByteReader bytes, Runnable closing) {
        this.bytes = bytes;
        this.closing = closing;
    }

    /** A read that may be cancelled. */
    private interface Reading {
        long read() throws IOException, InterruptedException;
    }

    private static long uninterrupted(Reading reading) throws InterruptedIOException, IOException {
        try {
            return reading.read();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What a cancel is for those who cannot throw it; the interrupt status says so, too. */
    static InterruptedIOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        var interrupted = new InterruptedIOException(ErrorText.of(e));
        interrupted.initCause(e);
        return interrupted;
    }

    @Override
    public int read() throws IOException {
        return (int) uninterrupted(bytes::readByte);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        ByteBuffer part = ByteBuffer.wrap(target, offset, length);
        return (int) uninterrupted(() -> bytes.read(part));
    }

    @Override
    public long skip(long count) throws IOException {
        return count <= 0 ? 0 : uninterrupted(() -> bytes.skip(count));
    }

    @Override
    public int available() throws IOException {
        return (int) uninterrupted(bytes::available);
    }

    @Override
    public void close() {
        closing.run();
    }
}
