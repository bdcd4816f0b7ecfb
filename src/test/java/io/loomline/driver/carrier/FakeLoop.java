package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A loop whose turns take what a test says, by a clock that they alone move. */
final class FakeLoop {
    private static final long ANSWER_NANOS = TimeUnit.MICROSECONDS.toNanos(10);
    private static final long LULL_NANOS = TimeUnit.MICROSECONDS.toNanos(90);

    final LoopLoad workload;
    private final AtomicLong nanos;

    FakeLoop(LoopLoad workload, AtomicLong nanos) {
        this.workload = workload;
        this.nanos = nanos;
    }

    /** For so many milliseconds, wakes one at a time that only answers, and has nothing to do. */
    void keepUp(int millis) {
        for (long end = after(millis); nanos.get() < end; ) {
            answer(1, ANSWER_NANOS);
            workload.upToDate();
            nanos.addAndGet(LULL_NANOS);
            workload.waited();
        }
    }

    /** Has always so many that are ready. */
    void runBehind(int millis, int ready) {
        for (long end = after(millis); nanos.get() < end; ) answer(ready, ANSWER_NANOS);
    }

    /** Wakes one that computes. */
    void compute(int millis) {
        answer(1, TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void answer(int woken, long nanosTaken) {
        workload.giveWay(woken);
        nanos.addAndGet(nanosTaken);
        workload.resume();
    }

    private long after(int millis) {
        return nanos.get() + TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
