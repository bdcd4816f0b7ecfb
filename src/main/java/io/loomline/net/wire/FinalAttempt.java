package io.loomline.net.wire;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * What a wait does that a cancel or a deadline has cut: it tries once more, because the process may
 * have been stopped while that came which was waited for. What is there counts, and the next wait
 * is cut again.
 */
public final class FinalAttempt {
    private FinalAttempt() {}

    /** A try that does not wait. */
    public interface Attempt<T> {
        /** Null if there is nothing. */
        @Nullable T run() throws IOException;
    }

    /**
     * Tries once more.
     *
     * @return what there is; the interrupt status is set then, for the next call
     * @throws InterruptedException the cut, if there is nothing or the try fails
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
