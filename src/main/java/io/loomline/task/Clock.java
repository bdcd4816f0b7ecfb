package io.loomline.task;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The clock by which Loomline measures and waits. Its origin is arbitrary; it is never the wall
 * clock. A clock that a test moves by hand makes all timeouts of a runtime testable without
 * waiting.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public interface Clock {
    /**
     * {@return the current reading, in nanoseconds since an arbitrary origin} Compare readings of
     * the same clock by their difference only.
     */
    long nanoTime();

    /**
     * Runs an action once, when the clock reaches a reading, on a thread of the clock. The action
     * must not block.
     *
     * @param atNanos the reading of {@link #nanoTime}; if it is past, as soon as possible
     * @param action the action
     * @return a handle that cancels the action
     */
    Timer scheduleAt(long atNanos, Runnable action);

    /**
     * Runs an action once, after a delay, on a thread of the clock. The action must not block.
     *
     * @param delay the time from now; zero or negative means as soon as possible
     * @param action the action
     * @return a handle that cancels the action
     */
    default Timer schedule(Duration delay, Runnable action) {
        return scheduleAt(nanoTimeAfter(delay), action);
    }

    /**
     * {@return the reading of the clock after a time}
     *
     * @param duration the time from now, also negative; limited to a century, so that readings can
     *     be compared by their difference
     */
    default long nanoTimeAfter(Duration duration) {
        long centuryNanos = TimeUnit.DAYS.toNanos(36_500);
        long nanos = TimeUnit.NANOSECONDS.convert(duration); // saturates
        return nanoTime() + Math.clamp(nanos, -centuryNanos, centuryNanos);
    }

    /** A scheduled action. */
    @FunctionalInterface
    interface Timer {
        /** Cancels the action; without effect if it has run or was cancelled before. */
        void cancel();
    }
}
