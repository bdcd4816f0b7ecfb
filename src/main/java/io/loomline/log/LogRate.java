package io.loomline.log;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Limits the log lines per second and counts the others, so that peers cannot fill a disk. */
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
     * A limit.
     *
     * @param mostLines the number of lines logged per second, at most
     * @param nanoTime the clock
     */
    public LogRate(int mostLines, LongSupplier nanoTime) {
        this.mostLines = mostLines;
        this.nanoTime = nanoTime;
        secondNanos = nanoTime.getAsLong() - SECOND_NANOS; // the first second begins with a line
    }

    /** Logs one line. */
    public interface Line {
        /**
         * Logs the line.
         *
         * @param leftOutBefore says how many lines were left out before it; empty if none were
         */
        void log(String leftOutBefore);
    }

    /**
     * Logs a line, or counts it as left out.
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
