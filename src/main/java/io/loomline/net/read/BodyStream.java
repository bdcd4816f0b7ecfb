package io.loomline.net.read;

import io.loomline.net.buffer.Ranges;
import io.loomline.net.wire.InterruptedIo;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** The next bytes of a connection's input, of known number, as a stream. */
public final class BodyStream extends InputStream {
    /** The longest time for which a close waits for the rest. */
    private static final Duration BOUND = Duration.ofSeconds(1);

    private final ByteReader bytes;
    private final InputStream input;
    private final SocketAddress remote;
    private final long length;
    private final Clock clock;

    /** The number of bytes that have not been read yet. */
    private long left;

    private boolean closed;

    public BodyStream(ByteReader bytes, long length, Clock clock) {
        Ranges.requireNotNegative("length", length);
        this.bytes = bytes;
        this.clock = clock;
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

    /**
     * Skips a small rest, for which it <i>blocks</i>. A rest that is large, slow or beyond a budget
     * ends the input.
     */
    @Override
    public void close() throws IOException {
        closed = true;
        try {
            if (left > 0 && !skipsRest()) endInput();
        } catch (InterruptedException e) {
            throw InterruptedIo.of(e);
        }
    }

    private boolean skipsRest() throws IOException, InterruptedException {
        if (left > bytes.bufferBytes()) return false;
        try {
            Deadline.after(BOUND, clock).run(this::skipRest);
            return true;
        } catch (TimeoutException | SocketTimeoutException | MessageTooLongException e) {
            return false;
        }
    }

    private void skipRest() throws IOException, InterruptedException {
        while (left > 0) took(bytes.skip(left));
    }

    private void endInput() throws IOException, InterruptedException {
        bytes.endInput("%d bytes of a body were left".formatted(left));
        left = 0;
    }
}
