package io.loomline.net.read;

import io.loomline.net.buffer.Ranges;
import io.loomline.stream.IncompleteReadException;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;

/** The next bytes of a connection's input, of known number, as a stream. */
public final class BodyStream extends InputStream {
    private final InputStream input;
    private final SocketAddress remote;
    private final long length;

    /** The number of bytes that have not been read yet. */
    private long left;

    private boolean closed;

    public BodyStream(ByteReader bytes, long length) {
        Ranges.requireNotNegative("length", length);
        input = new InputView(bytes, () -> {});
        remote = bytes.remoteAddress();
        this.length = length;
        left = length;
    }

    @Override
    public int read() throws IOException {
        requireOpen();
        if (left == 0) return -1;
        int read = input.read();
        took(read < 0 ? 0 : 1);
        return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        requireOpen();
        if (left == 0 && length > 0) return -1;
        int read = input.read(target, offset, (int) Math.min(length, left));
        if (length > 0) took(read);
        return read;
    }

    @Override
    public long skip(long count) throws IOException {
        requireOpen();
        return skipOpen(count);
    }

    private long skipOpen(long count) throws IOException {
        long most = Math.min(count, left);
        if (most <= 0) return 0;
        long skipped = input.skip(most);
        took(skipped);
        return skipped;
    }

    /** Notes the result of a read of at least one byte, which found none at the end only. */
    private void took(long count) throws IncompleteReadException {
        if (count <= 0) throw IncompleteReadException.ofPassed(length, length - left, remote);
        left -= count;
    }

    @Override
    public int available() throws IOException {
        requireOpen();
        return (int) Math.min(input.available(), left);
    }

    private void requireOpen() throws IOException {
        if (closed) throw new IOException("the stream of a body from " + remote + " was closed");
    }

    /** Skips the rest. <i>Blocks</i> until it has arrived. */
    @Override
    public void close() throws IOException {
        closed = true;
        while (left > 0) skipOpen(left);
    }
}
