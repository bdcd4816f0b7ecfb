package io.loomline.task;

import java.time.Duration;

/**
 * The time that Loomline measures and waits by: an arbitrary origin, never the wall clock. One that
 * is moved by hand makes every timeout of a runtime testable without waiting.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public interface Clock {
    /**
     * The current reading, to be compared with other readings of the same clock by difference only.
     *
     * @return nanoseconds since an arbitrary origin
     */
    long nanoTime();

    /**
     * Runs an action once, after a delay, on a thread of the clock's own. The action must not
     * block.
     *
     * @param delay how long from now; zero or negative means as soon as possible, and a delay too
     *     long for nanoseconds in a {@code long} never comes
     * @param action what to run
     * @return a handle that takes the action back
     */
    Timer schedule(Duration delay, Runnable action);

    /** An action that waits for its time. */
    @FunctionalInterface
    interface Timer {
        /** Takes the action back; without effect if it has run or was taken back before. */
        void cancel();
    }
}
