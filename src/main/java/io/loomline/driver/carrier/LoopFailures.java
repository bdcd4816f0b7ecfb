package io.loomline.driver.carrier;

import io.loomline.log.LogRate;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The failures of a loop, none of which ends it: all its channels would end with it. They are
 * logged at a limited rate, and the loop pauses for ever longer while they go on.
 *
 * <p>It is made together with its loop, and needs no other class when something fails: there may be
 * no descriptor left to load one with.
 *
 * <p><i>Threads:</i> the loop's, or the one that does its work; {@link #note} is for any.
 */
public final class LoopFailures implements LogRate.Line {
    private static final Logger LOG = Loggers.of(LoopFailures.class);

    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String loop;
    private final LogRate rate = new LogRate(1, System::nanoTime);

    /** Written by whoever notes one, who logs it at once; another one may come in between. */
    private volatile @Nullable Throwable last;

    private long pauseNanos = SHORTEST_PAUSE_NANOS;

    /**
     * None so far.
     *
     * @param loop the loop's name, for the log
     */
    public LoopFailures(String loop) {
        this.loop = loop;
    }

    /**
     * Logs one, if there were not many. Never throws.
     *
     * @param e the failure
     */
    public void note(Throwable e) {
        try {
            last = e;
            rate.log(this);
        } catch (Throwable again) { // not even memory for a log line: the loop matters more
            last = again;
        }
    }

    /**
     * Logs the last one.
     *
     * @param leftOutBefore how many were not logged
     */
    @Override
    public void log(String leftOutBefore) {
        LOG.error("{} failed, and goes on{}", loop, leftOutBefore, last);
    }

    /** Waits for a while, as the loop may fail again at once. <i>Blocks.</i> */
    public void pause() {
        LockSupport.parkNanos(this, pauseNanos);
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
    }

    /** The loop works again. */
    public void passed() {
        pauseNanos = SHORTEST_PAUSE_NANOS;
    }
}
