package io.loomline.net;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** One direction of a relay: forwards the input of one connection to the output of the other. */
final class RelayDirection {
    private final Connection from;
    private final Connection to;
    private final AtomicLong count;

    /** How far the input was read. */
    private enum InputState {
        OPEN,
        COMPLETE,
        LOST
    }

    // written before this direction ends, read after that
    private InputState inputState = InputState.OPEN;

    /** The failure of the output; null while it takes bytes. */
    private @Nullable IOException outputFailure;

    RelayDirection(Connection from, Connection to, AtomicLong count) {
        this.from = from;
        this.to = to;
        this.count = count;
    }

    void run() throws IOException, InterruptedException {
        try {
            from.transferTo(this::forward, Long.MAX_VALUE);
            inputState = InputState.COMPLETE;
            endOutput();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            if (outputFailure != null) return; // the opposite direction ends by itself
            inputState = InputState.LOST;
            throw e;
        }
    }

    /** Called after both directions have ended: a peer must not take a part for the whole. */
    void finish() {
        switch (inputState) {
            case COMPLETE -> {}
            case LOST -> to.abort();
            case OPEN -> {
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
