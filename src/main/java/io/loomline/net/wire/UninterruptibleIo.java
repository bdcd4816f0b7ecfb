package io.loomline.net.wire;

import io.loomline.concurrent.Threads;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Runs file I/O on a thread that is never interrupted. In {@link java.nio.channels.FileChannel} an
 * interrupt, and therefore a cancel, closes the file for everyone who uses it.
 */
public final class UninterruptibleIo {
    private UninterruptibleIo() {}

    /** A transfer of bytes. */
    public interface Step {
        /** Returns the number of bytes moved. */
        long move() throws IOException;
    }

    /**
     * Runs a step. <i>Blocks</i> until it has ended, even if the caller is interrupted; an
     * interrupt stays in the interrupt status.
     */
    public static long run(Step step) throws IOException {
        var moved = new CompletableFuture<Long>();
        var _ =
                Threads.startVirtual(() -> {
                    try {
                        moved.complete(step.move());
                    } catch (Throwable e) {
                        moved.completeExceptionally(e);
                    }
                });
        try {
            return moved.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw e;
            }
        }
    }
}
