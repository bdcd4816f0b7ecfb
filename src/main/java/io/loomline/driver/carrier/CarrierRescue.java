package io.loomline.driver.carrier;

import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Keeps virtual threads going while all carriers are held: by class initializers that wait, native
 * frames, threads for whose stack there is no memory, or long computations. Without it nothing
 * runs, not even the loops that would wake those who hold the carriers.
 *
 * <pre>
 *   calm ──a virtual thread gets no carrier for 3 s──▶ more carriers, ever more while that is so
 *     ▲                                                  │
 *     └───────a carrier of the usual number is free──────┘
 * </pre>
 *
 * <p><i>Threads:</i> one looks, once a second.
 */
final class CarrierRescue {
    private static final Logger LOG = Loggers.of(CarrierRescue.class);

    static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** No thread that only answers runs for so long, nor does a busy machine withhold a core. */
    private static final int LOOKS_TO_ALARM = 3;

    /** As many as the scheduler adds by itself at most, unless told: its {@code maxPoolSize}. */
    private static final int MOST_CARRIERS = 256;

    /** Busy carriers are seldom free at once: so often it looks in a row, a millisecond apart. */
    private static final int LOOKS_FOR_A_FREE_ONE = 10;

    private static final long BETWEEN_THOSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Scheduler scheduler;
    private final LongSupplier nanoTime;
    private final Pause pause;

    /** Lets some time pass. */
    interface Pause {
        void pause(long nanos);
    }

    /** Whether the thread has run that was started to see whether threads do; null for none. */
    private @Nullable BooleanSupplier probe;

    private int looksInVain;
    private long lastLookNanos;

    /** The usual number; 0 while it is calm. */
    private int usualCarriers;

    private int presentCarriers;

    CarrierRescue(Scheduler scheduler, LongSupplier nanoTime, Pause pause) {
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.pause = pause;
        lastLookNanos = nanoTime.getAsLong();
    }

    void look() {
        long now = nanoTime.getAsLong();
        // then this process was stopped, or the machine has no core for us either
        boolean wasLate = now - lastLookNanos > 2 * PERIOD_NANOS;
        lastLookNanos = now;
        if (!runsThreads()) {
            looksInVain = wasLate ? 0 : looksInVain + 1;
            if (looksInVain >= (isCalm() ? LOOKS_TO_ALARM : 1)) useMore();
        } else if (isCalm()) {
            CarrierControl.resume(); // all of the usual number were enough
        } else if (isOneOfTheUsualFree()) {
            end();
        }
    }

    /** Whether threads get carriers, as far as can be told; nobody need know while none waits. */
    private boolean runsThreads() {
        if (probe != null && !probe.getAsBoolean()) return false;
        boolean somebodyWaits = scheduler.waitingThreads() > 0;
        looksInVain = 0;
        probe = somebodyWaits ? scheduler.startProbe() : null;
        return true;
    }

    private boolean isCalm() {
        return usualCarriers == 0;
    }

    private void useMore() {
        boolean isFirst = isCalm();
        if (isFirst && CarrierControl.suspend()) return; // all of the usual number are tried before
        int before = scheduler.carriers();
        int more = Math.max(before, Math.min(2 * before, MOST_CARRIERS));
        if (!isFirst) {
            use(more);
            LOG.debug("{} carriers are held as well: {} are used", before, more);
        } else {
            usualCarriers = before;
            // before others run: a dump of threads that mount and unmount meanwhile crashed the JVM
            String holders = scheduler.describeRunning();
            use(more);
            LOG.warn(
                    "no virtual thread has got a carrier for {} s, and so no connection is served:"
                        + " all {} are held. Until one is free, {} are used. They are held by{}",
                    LOOKS_TO_ALARM,
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

    private boolean isOneOfTheUsualFree() {
        for (int i = 0; i < LOOKS_FOR_A_FREE_ONE; i++) {
            if (scheduler.runningThreads() < usualCarriers) return true;
            pause.pause(BETWEEN_THOSE_NANOS);
        }
        return false;
    }

    /** Takes back what was added, unless somebody else has set another number meanwhile. */
    void end() {
        try {
            if (isCalm()) return;
            if (scheduler.carriers() == presentCarriers) use(usualCarriers);
            LOG.info("virtual threads get carriers again: {} are used, as before", usualCarriers);
            usualCarriers = 0;
        } finally {
            CarrierControl.resume(); // last: what it finds is what it goes back to
        }
    }
}
