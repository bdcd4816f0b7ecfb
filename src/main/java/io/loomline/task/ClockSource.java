package io.loomline.task;

import io.loomline.timer.TimeSource;

/** A clock for the internal timers. */
record ClockSource(Clock clock) implements TimeSource {
    static TimeSource of(Clock clock) {
        return clock instanceof SystemClock system ? system.timers() : new ClockSource(clock);
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public Runnable scheduleAt(long atNanos, Runnable action) {
        return clock.scheduleAt(atNanos, action)::cancel;
    }
}
