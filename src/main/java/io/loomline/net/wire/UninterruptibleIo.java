package io.loomline.net.wire;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A step of work with a file, done on a thread that nobody interrupts: in {@link
 * java.nio.channels.FileChannel} an interrupt, and so a cancel, closes the file of whoever opened
 * it.
 */
public final class UninterruptibleIo {
    private UninterruptibleIo() {}

    /** Moves bytes; how many. */
    public interface Step {
        long move() throws IOException;
    }

    /**
     * Runs a step and waits for it whatever happens; an interrupt meanwhile stays in the status.
     */
    public static long run(Step step) throws IOException {
        var moved = new CompletableFuture<Long>();
        Thread.ofVirtual()
                .inheritInheritableThreadLocals(false)
                .start(() -> {
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
