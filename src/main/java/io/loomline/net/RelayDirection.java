package io.loomline.net;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** One of the two directions of a relay: passes on from one connection to the other. */
final class RelayDirection {
    private final Connection from;
    private final Connection to;
    private final AtomicLong count;

    // written before this direction ends, read after that
    /** Why the output takes no more. */
    private @Nullable IOException refusal;

    /** The end of the input was reached. */
    private boolean complete;

    private boolean inputLost;

    RelayDirection(Connection from, Connection to, AtomicLong count) {
        this.from = from;
        this.to = to;
        this.count = count;
    }

    void run() throws IOException, InterruptedException {
        try {
            from.transferTo(this::pass, Long.MAX_VALUE);
            complete = true;
            end();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            if (refusal != null) return; // the opposite direction ends by itself
            inputLost = true;
            throw e;
        }
    }

    /** After both directions: a peer must not take a part for the whole. */
    void finish() {
        if (complete) return;
        if (inputLost || !from.isOpen()) to.abort();
        else to.cutShort();
    }

    /** After it has ended: throws if the output took no more. */
    void requireNotRefused() throws IOException {
        if (refusal != null) throw refusal;
    }

    private void pass(ByteBuffer bytes) throws IOException, InterruptedException {
        int step = Math.min(bytes.remaining(), to.limits().bufferBytes()); // taken whole
        bytes.limit(bytes.position() + step);
        try {
            to.write(bytes);
            count.addAndGet(step);
            to.flush(); // input that is here for the opposite direction is no reason to wait
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw refusal = e;
        }
    }

    private void end() throws IOException, InterruptedException {
        try {
            to.shutdownOutput();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            refusal = e;
        }
    }
}
