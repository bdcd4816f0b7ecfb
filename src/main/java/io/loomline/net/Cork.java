package io.loomline.net;

import io.loomline.net.write.Output;

import java.io.IOException;

/**
 * A scope in which the writes of one thread leave and stay together. See {@link Connection#cork}.
 *
 * <p><i>Threads:</i> only the thread that began the scope may end it.
 */
public final class Cork implements AutoCloseable {
    private final Output output;
    private boolean ended;

    Cork(Output output) throws IOException, InterruptedException {
        output.cork();
        this.output = output;
    }

    /**
     * Ends the scope and sends what was written in it. Does not wait for the peer: bytes that it
     * does not take now are sent in the background, and the next write reports a failure. Further
     * calls have no effect.
     *
     * @throws IllegalStateException if another thread began the scope
     */
    @Override
    public void close() {
        if (ended) return;
        if (!output.isCorkedByCaller()) {
            throw new IllegalStateException(
                    "a cork ended by %s: expected the thread that began it"
                            .formatted(Thread.currentThread()));
        }
        ended = true;
        output.uncork();
    }
}
