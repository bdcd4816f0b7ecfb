package io.loomline.net;

import io.loomline.task.Clock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Lets ten log lines a second through, and counts the others: peers must not fill a disk. */
final class LogRate {
    private static final int MOST_LINES = 10;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private long secondNanos;
    private int lines;
    private int leftOut;

    LogRate(Clock clock) {
        this.clock = clock;
        secondNanos = clock.nanoTime();
    }

    /** A line that is let through, with the number of those before it that were not. */
    interface Line {
        void log(String leftOutBefore);
    }

    void log(Line line) {
        String leftOutBefore;
        lock.lock();
        try {
            long now = clock.nanoTime();
            if (now - secondNanos >= SECOND_NANOS) {
                secondNanos = now;
                lines = 0;
            }
            if (++lines > MOST_LINES) {
                leftOut++;
                return;
            }
            leftOutBefore = leftOut == 0 ? "" : " (before it, " + leftOut + " such lines left out)";
            leftOut = 0;
        } finally {
            lock.unlock();
        }
        line.log(leftOutBefore);
    }
}
