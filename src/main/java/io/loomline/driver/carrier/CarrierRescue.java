package io.loomline.driver.carrier;

import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Adds carriers while all are held: by waiting class initializers, native frames, threads for whose
 * stack there is no memory, or long computations. Otherwise no virtual thread would run, not even
 * the loops that could wake the holders.
 *
 * <pre>
 *   calm ──a virtual thread gets no carrier for 3 s──▶ alarm: twice as many carriers, and again
 *     ▲                                                  │    twice as many while all are held
 *     └──────a carrier of the usual number is free───────┘
 * </pre>
 *
 * <p><i>Threads:</i> one thread checks once a second.
 */
final class CarrierRescue {
    private static final Logger LOG = Loggers.of(CarrierRescue.class);

    static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** No thread that only answers runs for that long, and a busy machine grants a core sooner. */
    private static final int CHECKS_TO_ALARM = 3;

    /** The scheduler's default {@code maxPoolSize}. */
    private static final int MAX_CARRIERS = 256;

    /** Busy carriers are rarely free at a single instant. */
    private static final int CHECKS_FOR_FREE_CARRIER = 10;

    private static final long FREE_CHECK_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Scheduler scheduler;
    private final LongSupplier nanoTime;
    private final Pause pause;

    /** Waits for a time. */
    interface Pause {
        void pause(long nanos);
    }

    /** Whether the probe thread has ended; null if none was started. */
    private @Nullable BooleanSupplier probe;

    private int failedChecks;
    private long lastCheckNanos;

    /** The number of carriers before the alarm; 0 while calm. */
    private int usualCarriers;

    private int presentCarriers;

    CarrierRescue(Scheduler scheduler, LongSupplier nanoTime, Pause pause) {
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.pause = pause;
        lastCheckNanos = nanoTime.getAsLong() - PERIOD_NANOS; // the first check counts at once
    }

    void check() {
        long now = nanoTime.getAsLong();
        long elapsedNanos = now - lastCheckNanos;
        if (elapsedNanos < PERIOD_NANOS / 2) return; // woken early: the probe has had no time
        // if this check is late, the process was stopped or the machine has no core for it
        boolean late = elapsedNanos > 2 * PERIOD_NANOS;
        lastCheckNanos = now;
        if (!runsThreads()) {
            failedChecks = late ? 0 : failedChecks + 1;
            if (failedChecks >= (isCalm() ? CHECKS_TO_ALARM : 1)) useMore();
        } else if (isCalm()) {
            CarrierControl.resume(); // the usual number was enough
        } else if (isUsualCarrierFree()) {
            end();
        }
    }

    /** Whether the last probe got a carrier. Starts a probe only if threads wait for carriers. */
    private boolean runsThreads() {
        if (probe != null && !probe.getAsBoolean()) return false;
        boolean threadsWait = scheduler.waitingThreads() > 0;
        failedChecks = 0;
        probe = threadsWait ? scheduler.startProbe() : null;
        return true;
    }

    private boolean isCalm() {
        return usualCarriers == 0;
    }

    private void useMore() {
        boolean isFirst = isCalm();
        if (isFirst && CarrierControl.suspend()) return; // first try all of the usual number
        int before = scheduler.carriers();
        int more = Math.max(before, Math.min(2 * before, MAX_CARRIERS));
        if (!isFirst) {
            use(more);
            LOG.debug("all {} carriers are held: {} are used", before, more);
        } else {
            usualCarriers = before;
            // before adding carriers: the JVM crashed in dumps while threads mounted and unmounted
            String holders = scheduler.describeRunning();
            use(more);
            LOG.warn(
                    "no virtual thread has got a carrier for {} s, and so no connection is served:"
                        + " all {} are held. Until one is free, {} are used. They are held by{}",
                    CHECKS_TO_ALARM,
                    before,
                    more,
                    holders);
        }
    }

    private void use(int carriers) {
        presentCarriers = carriers;
        try {
            scheduler.useCarriers(carriers);
        } catch (RuntimeException e) {
            LOG.warn("the number of carriers cannot be changed", e);
        }
    }

    private boolean isUsualCarrierFree() {
        for (int i = 0; i < CHECKS_FOR_FREE_CARRIER; i++) {
            if (scheduler.runningThreads() < usualCarriers) return true;
            pause.pause(FREE_CHECK_PAUSE_NANOS);
        }
        return false;
    }

    /** Restores the usual number, unless other code has set another one meanwhile. */
    void end() {
        try {
            if (isCalm()) return;
            if (scheduler.carriers() == presentCarriers) use(usualCarriers);
            LOG.info("virtual threads get carriers again: {} are used as before", usualCarriers);
            usualCarriers = 0;
        } finally {
            CarrierControl.resume(); // last: the control restores the number that it finds
        }
    }
}
