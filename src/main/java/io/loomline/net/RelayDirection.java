package io.loomline.net;

import io.loomline.net.buffer.BufferPool;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.read.ByteReader;
import io.loomline.net.read.PipeReader;
import io.loomline.net.wire.GuardedPipe;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** One direction of a relay: forwards the input of one connection to the output of the other. */
final class RelayDirection {
    /** After so many full buffers in a row, the next bytes pass a pipe of the kernel. */
    private static final int FULL_BUFFERS = 4;

    private final Connection from;
    private final Connection to;
    private final AtomicLong count = new AtomicLong();

    /** Set before a run; null to forward the bytes as they are. */
    private @Nullable RelayFilter filter;

    /** Bytes of the filter that the output has not taken; kept for the next run. */
    private ByteBuffer filtered = ByteBuffer.allocate(0);

    /**
     * How far the direction has come; kept for the next run.
     *
     * <pre>
     *   READING ──the filter has seen the end──▶ ENDED ──the output has all bytes──▶ COMPLETE
     *     ▲ └──▶ LOST
     *     └──next run──┘
     * </pre>
     */
    private enum Progress {
        READING,
        ENDED,
        COMPLETE,
        LOST
    }

    // written before this direction ends, read after that
    private Progress progress = Progress.READING;

    /** The failure of the output; null while it takes bytes. */
    private @Nullable IOException outputFailure;

    RelayDirection(Connection from, Connection to) {
        this.from = from;
        this.to = to;
    }

    void filter(RelayFilter filter) {
        this.filter = filter;
    }

    /** The number of bytes that the output has taken. */
    long count() {
        return count.get();
    }

    /** Called before each run. */
    void begin() {
        if (progress == Progress.LOST) progress = Progress.READING;
        outputFailure = null;
    }

    void run() throws IOException, InterruptedException {
        try {
            if (progress == Progress.READING) read();
            forwardFiltered();
            progress = Progress.COMPLETE;
            endOutput();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            if (outputFailure != null) return; // the opposite direction ends by itself
            progress = Progress.LOST;
            throw e;
        }
    }

    /** Forwards up to the end of the input. The last bytes of a filter are not forwarded yet. */
    private void read() throws IOException, InterruptedException {
        RelayFilter present = filter;
        if (present == null) {
            forwardUnchanged();
        } else {
            forwardFiltered();
            pass(bytes -> filter(present, bytes));
            filtered = present.apply(ByteBuffer.allocate(0));
        }
        progress = Progress.ENDED;
    }

    /** Passes input to a sink. Bytes that the sink has not taken when it throws stay unread. */
    private void pass(ReadBuffer.Sink sink) throws IOException, InterruptedException {
        var _ = new ByteReader(from.input()).transferTo(sink, Long.MAX_VALUE);
    }

    /** Copies the bytes, except while they are a large flow that a pipe of the kernel can take. */
    private void forwardUnchanged() throws IOException, InterruptedException {
        GuardedPipe pipe = GuardedPipe.open(from.channel(), to.channel());
        if (pipe == null) {
            pass(this::forward);
            return;
        }
        var reader = new PipeReader(from.input(), pipe);
        var copies = new Copies();
        do {
            copies.fullBuffers = 0;
            pass(copies);
        } while (!copies.wantsMore() && reader.transfer(() -> drain(pipe)));
    }

    /** Forwards bytes until they have filled several buffers in a row. */
    private final class Copies implements ReadBuffer.Sink {
        private int fullBuffers;

        @Override
        public void take(ByteBuffer bytes) throws IOException, InterruptedException {
            fullBuffers = bytes.remaining() < BufferPool.LARGE_BYTES ? 0 : fullBuffers + 1;
            forward(bytes);
        }

        @Override
        public boolean wantsMore() {
            return fullBuffers < FULL_BUFFERS;
        }
    }

    private void drain(GuardedPipe pipe) throws IOException, InterruptedException {
        try {
            to.output().transferFrom(pipe, count::addAndGet);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw outputFailure = e;
        }
    }

    /** Called after both directions have ended: a peer must not take a part for the whole. */
    void finish() {
        switch (progress) {
            case COMPLETE -> {}
            case LOST -> to.abort();
            case READING, ENDED -> {
                if (from.isOpen()) to.output().markPartial();
                else to.abort();
            }
        }
    }

    /** Called after this direction has ended: throws the failure of the output, if there is one. */
    void requireOutput() throws IOException {
        if (outputFailure != null) throw outputFailure;
    }

    private void forward(ByteBuffer bytes) throws IOException, InterruptedException {
        int step =
                Math.min(bytes.remaining(), to.limits().bufferBytes()); // taken whole or not at all
        bytes.limit(bytes.position() + step);
        try {
            to.write(bytes);
            count.addAndGet(step);
            to.flush(); // input for the opposite direction may keep it in the buffer
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw outputFailure = e;
        }
    }

    private void filter(RelayFilter filter, ByteBuffer bytes)
            throws IOException, InterruptedException {
        filtered = filter.apply(bytes.slice().asReadOnlyBuffer());
        bytes.position(bytes.limit()); // from now on they are the filter's
        try {
            forwardFiltered();
        } finally {
            // a copy, because the filter may have returned its argument or a buffer that it reuses
            filtered = ByteBuffer.allocate(filtered.remaining()).put(filtered).flip();
        }
    }

    private void forwardFiltered() throws IOException, InterruptedException {
        int end = filtered.limit();
        while (filtered.hasRemaining()) {
            try {
                forward(filtered);
            } finally {
                filtered.limit(end);
            }
        }
    }

    private void endOutput() throws IOException, InterruptedException {
        try {
            to.shutdownOutput();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            outputFailure = e;
        }
    }
}
