package io.loomline.net.read;

import io.loomline.net.buffer.BufferPool;
import io.loomline.net.wire.GuardedPipe;

import java.io.IOException;

/** Passes input through a pipe of the kernel, while it comes in large pieces. */
public final class PipeReader {
    /** After so many small pieces in a row, reading them costs less. */
    private static final int SMALL_PIECES = 4;

    private final Input input;
    private final GuardedPipe pipe;

    public PipeReader(Input input, GuardedPipe pipe) {
        this.input = input;
        this.pipe = pipe;
    }

    /** Sends what is in the pipe. */
    public interface Drain {
        /** Blocks until the pipe is empty, or does not support the output. */
        void run() throws IOException, InterruptedException;
    }

    /**
     * Passes input on. Bytes that are in the pipe when this ends are unread again.
     *
     * @return false at the end of the input; true if the next bytes have to be read
     */
    public boolean transfer(Drain drain) throws IOException, InterruptedException {
        input.enter();
        try {
            int small = 0;
            while (small < SMALL_PIECES && input.allowsReadingDirectly()) {
                int moved = input.readDirectly(pipe::tryFill);
                if (moved == GuardedPipe.UNSUPPORTED) return true;
                if (moved < 0) return false;
                small = moved < BufferPool.CHUNK_BYTES ? small + 1 : 0;
                drain.run();
                if (!pipe.isEmpty()) return true;
                input.check();
            }
            return true;
        } finally {
            try {
                input.window().putBack(pipe.take());
            } finally {
                input.leave();
            }
        }
    }
}
