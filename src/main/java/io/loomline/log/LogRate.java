package io.loomline.log;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Lets so many log lines a second through, and counts the others: peers must not fill a disk. */
public final class LogRate {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int mostLines;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private long secondNanos;
    private int lines;
    private int leftOut;

    /**
     * A rate of its own, at which nothing was logged yet.
     *
     * @param mostLines how many lines a second are let through
     * @param nanoTime the time
     */
    public LogRate(int mostLines, LongSupplier nanoTime) {
        this.mostLines = mostLines;
        this.nanoTime = nanoTime;
        secondNanos = nanoTime.getAsLong() - SECOND_NANOS; // the first second begins with a line
    }

    /** A line that is let through. */
    public interface Line {
        /**
         * Logs it.
         *
         * @param leftOutBefore how many were left out before it; empty for none
         */
        void log(String leftOutBefore);
    }

    /**
     * Logs a line, or counts it.
     *
     * @param line the line
     */
    public void log(Line line) {
        String leftOutBefore;
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            if (now - secondNanos >= SECOND_NANOS) {
                secondNanos = now;
                lines = 0;
            }
            if (++lines > mostLines) {
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
