package io.loomline.task;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

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
     * Runs an action once, when the clock has come to a reading, on a thread of the clock's own.
     * The action must not block.
     *
     * @param atNanos the reading of {@link #nanoTime}; if it is past, as soon as possible
     * @param action what to run
     * @return a handle that takes the action back
     */
    Timer scheduleAt(long atNanos, Runnable action);

    /**
     * Runs an action once, after a delay, on a thread of the clock's own. The action must not
     * block.
     *
     * @param delay how long from now; zero or negative means as soon as possible
     * @param action what to run
     * @return a handle that takes the action back
     */
    default Timer schedule(Duration delay, Runnable action) {
        return scheduleAt(nanoTimeAfter(delay), action);
    }

    /**
     * What the clock will show after a while.
     *
     * @param duration how long from now, also negative; more than a century counts as one, so that
     *     readings stay near enough to be compared by difference
     * @return a reading of {@link #nanoTime}
     */
    default long nanoTimeAfter(Duration duration) {
        long centuryNanos = TimeUnit.DAYS.toNanos(36_500);
        long nanos = TimeUnit.NANOSECONDS.convert(duration); // saturates
        return nanoTime() + Math.clamp(nanos, -centuryNanos, centuryNanos);
    }

    /** An action that waits for its time. */
    @FunctionalInterface
    interface Timer {
        /** Takes the action back; without effect if it has run or was taken back before. */
        void cancel();
    }
}
