package io.loomline.task;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The clock of the machine: {@link System#nanoTime}, and one daemon thread for all timers. */
public final class SystemClock implements Clock {
    /** The only instance. */
    public static final SystemClock INSTANCE = new SystemClock();

    /** Beyond this a delay is "never": a century, so that sums of readings cannot overflow. */
    private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(36_500);

    private final ScheduledThreadPoolExecutor timers =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("loomline-clock").factory());

    private SystemClock() {
        timers.setRemoveOnCancelPolicy(true);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Timer schedule(Duration delay, Runnable action) {
        long nanos = TimeUnit.NANOSECONDS.convert(delay); // saturates
        if (nanos > NEVER_NANOS) return () -> {};
        Future<?> future = timers.schedule(action, nanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }
}
