package io.loomline.task;

import io.loomline.timer.TimerThread;

import java.time.Duration;

/**
 * The system clock: {@link System#nanoTime}, and one daemon thread for all timers. The thread ends
 * when there has been no timer for a moment.
 */
public final class SystemClock implements Clock {
    /** The only instance. */
    public static final SystemClock INSTANCE = new SystemClock();

    private final TimerThread timers = new TimerThread("loomline-clock");

    /** For tests that need a timer thread of their own. */
    SystemClock() {}

    TimerThread timers() {
        return timers;
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Timer scheduleAt(long atNanos, Runnable action) {
        long within = nanoTimeAfter(Duration.ofNanos(atNanos - nanoTime())); // within a century
        return timers.scheduleAt(within, action)::run;
    }
}
