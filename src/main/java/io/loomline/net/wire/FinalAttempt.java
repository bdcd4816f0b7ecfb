package io.loomline.net.wire;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * A last attempt after a wait was cut by a cancel or a deadline. The process may have been stopped
 * while the awaited event occurred; an attempt that succeeds then takes effect, and the next call
 * throws the cut.
 */
public final class FinalAttempt {
    private FinalAttempt() {}

    /** An operation that does not wait. */
    public interface Attempt<T> {
        /** Returns null if the operation would have to wait. */
        @Nullable T run() throws IOException;
    }

    /**
     * Attempts an operation once more.
     *
     * @return the result of the attempt; the interrupt status is then set, for the next call
     * @throws InterruptedException {@code cut}, if the attempt would have to wait or fails
     */
    public static <T> T after(InterruptedException cut, Attempt<T> attempt)
            throws InterruptedException {
        T found;
        try {
            found = attempt.run();
        } catch (IOException e) {
            cut.addSuppressed(e);
            throw cut;
        }
        if (found == null) throw cut;
        Thread.currentThread().interrupt();
        return found;
    }
}
