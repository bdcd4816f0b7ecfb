package io.loomline.task;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The machine's clock, with a count of the timers that wait for their time. */
final class CountingClock implements Clock {
    private final AtomicInteger waiting = new AtomicInteger();

    @Override
    public long nanoTime() {
        return SystemClock.INSTANCE.nanoTime();
    }

    @Override
    public Timer scheduleAt(long atNanos, Runnable action) {
        waiting.incrementAndGet();
        var over = new AtomicBoolean();
        Timer timer =
                SystemClock.INSTANCE.scheduleAt(
                        atNanos,
                        () -> {
                            if (over.compareAndSet(false, true)) waiting.decrementAndGet();
                            action.run();
                        });
        return () -> {
            timer.cancel();
            if (over.compareAndSet(false, true)) waiting.decrementAndGet();
        };
    }

    int timers() {
        return waiting.get();
    }
}
