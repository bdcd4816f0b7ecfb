package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A loop whose iterations advance the clock by the times that a test sets. */
final class FakeLoop {
    private static final long ANSWER_NANOS = TimeUnit.MICROSECONDS.toNanos(10);
    private static final long IDLE_NANOS = TimeUnit.MICROSECONDS.toNanos(90);

    final LoopLoad load;
    private final AtomicLong nanos;

    FakeLoop(LoopLoad load, AtomicLong nanos) {
        this.load = load;
        this.nanos = nanos;
    }

    /** Wakes one answering thread at a time for the given duration, with idle time in between. */
    void keepUp(int millis) {
        for (long end = after(millis); nanos.get() < end; ) {
            answer(1, ANSWER_NANOS);
            load.caughtUp();
            nanos.addAndGet(IDLE_NANOS);
            load.paused();
        }
    }

    /** Always finds the given number of ready threads for the given duration. */
    void runBehind(int millis, int ready) {
        for (long end = after(millis); nanos.get() < end; ) answer(ready, ANSWER_NANOS);
    }

    /** Wakes one thread that computes for the given duration. */
    void compute(int millis) {
        answer(1, TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void answer(int woken, long nanosTaken) {
        load.beforeYield(woken);
        nanos.addAndGet(nanosTaken);
        load.afterYield();
    }

    private long after(int millis) {
        return nanos.get() + TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
