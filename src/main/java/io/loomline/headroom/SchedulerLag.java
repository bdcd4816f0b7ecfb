package io.loomline.headroom;

import io.loomline.concurrent.Threads;
import io.loomline.driver.ExhaustionException;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How long a virtual thread that is ready to run waits for a carrier. All virtual threads of the
 * JVM share the carriers. It is measured only while servers accept, by a virtual thread that notes
 * when it runs, at most ten times a second; after a long wait at once, so that the verdict follows.
 *
 * <pre>
 *   measured ──start of a probe──▶ probing ──the probe runs──▶ measured
 * </pre>
 *
 * <p><i>Threads:</i> any.
 */
public final class SchedulerLag {
    public static final SchedulerLag OF_THIS_JVM =
            new SchedulerLag(System::nanoTime, Threads::startVirtual);

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The value of {@code probeNanos} while no probe waits to run. */
    private static final long NONE = Long.MIN_VALUE;

    private final LongSupplier nanoTime;
    private final Executor scheduler;

    /** When the probe that waits to run was started. */
    private final AtomicLong probeNanos = new AtomicLong(NONE);

    // written by the probe
    private volatile long lagNanos;
    private volatile long measuredNanos;

    SchedulerLag(LongSupplier nanoTime, Executor scheduler) {
        this.nanoTime = nanoTime;
        this.scheduler = scheduler;
        measuredNanos = nanoTime.getAsLong() - PERIOD_NANOS;
    }

    /**
     * Must be called before each accept.
     *
     * @throws ExhaustionException if threads wait for longer
     */
    public void requireAtMost(Duration most) throws ExhaustionException {
        long mostNanos = TimeUnit.NANOSECONDS.convert(most); // saturates
        long now = nanoTime.getAsLong();
        long waiting = probeNanos.get();
        long lag = lagNanos;
        boolean isDue = lag > mostNanos || now - measuredNanos >= PERIOD_NANOS;
        if (waiting != NONE) lag = Math.max(lag, now - waiting);
        else if (isDue && probeNanos.compareAndSet(NONE, now)) start();
        if (lag <= mostNanos) return;
        throw new ExhaustionException(
                "threads that are ready to run wait for %s: expected at most %s"
                        .formatted(Duration.ofNanos(lag), most),
                null);
    }

    private void start() {
        try {
            scheduler.execute(this::measure);
        } catch (Throwable e) { // no memory for a thread
            probeNanos.set(NONE);
            throw e;
        }
    }

    private void measure() {
        long now = nanoTime.getAsLong();
        lagNanos = now - probeNanos.get();
        measuredNanos = now;
        probeNanos.set(NONE); // last: the next probe may start
    }
}
