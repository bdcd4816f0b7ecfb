package io.loomline.driver.carrier;

import io.loomline.log.LogRate;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Records the failures of a loop. No failure ends the loop, because all its channels would end with
 * it. Failures are logged at a limited rate, and the loop pauses for growing times while they last.
 *
 * <p>An instance is created together with its loop and loads no further class on a failure: there
 * may be no descriptor left to load one with.
 *
 * <p><i>Threads:</i> the loop's thread, or the thread that polls in its place; {@link #record} may
 * be called from any thread.
 */
public final class LoopFailures implements LogRate.Line {
    private static final Logger LOG = Loggers.of(LoopFailures.class);

    private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String loop;
    private final LogRate rate = new LogRate(1, System::nanoTime);

    /**
     * Written by the thread that records a failure and logs it at once. Threads may overwrite it.
     */
    private volatile @Nullable Throwable last;

    private long pauseNanos = MIN_PAUSE_NANOS;

    /**
     * Creates a record without failures.
     *
     * @param loop the loop's name, for the log
     */
    public LoopFailures(String loop) {
        this.loop = loop;
    }

    /**
     * Logs a failure, unless the rate is exceeded. Never throws.
     *
     * @param e the failure
     */
    public void record(Throwable e) {
        try {
            last = e;
            rate.log(this);
        } catch (Throwable again) { // such as a lack of memory for the log line
            last = again;
        }
    }

    /**
     * Logs the last failure.
     *
     * @param leftOutBefore how many failures were not logged
     */
    @Override
    public void log(String leftOutBefore) {
        LOG.error("{} failed and continues{}", loop, leftOutBefore, last);
    }

    /** Pauses the calling loop after a failure, each time for longer. <i>Blocks.</i> */
    public void pause() {
        LockSupport.parkNanos(this, pauseNanos);
        pauseNanos = Math.min(2 * pauseNanos, MAX_PAUSE_NANOS);
    }

    /** Makes the next pause short again, because an iteration has succeeded. */
    public void recovered() {
        pauseNanos = MIN_PAUSE_NANOS;
    }
}
