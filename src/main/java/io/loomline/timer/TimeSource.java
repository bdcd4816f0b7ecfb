package io.loomline.timer;

/** A clock, as timers need it. */
public interface TimeSource {
    /** The current reading. Readings are compared by difference only. */
    long nanoTime();

    /**
     * Runs an action once, when the clock shows a time.
     *
     * @return cancels the action, unless it has run
     */
    Runnable scheduleAt(long atNanos, Runnable action);
}
