package io.loomline.driver.carrier;

import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Warns, at most once a minute, when virtual threads wait long for carriers, and names the tasks
 * that run meanwhile. It runs on a thread of the system, so it can speak while all carriers are
 * held. What is held for seconds is the matter of {@link CarrierRescue}.
 *
 * <p><i>Threads:</i> one thread checks.
 */
public final class StarvationWatch {
    private static final Logger LOG = Loggers.of(StarvationWatch.class);

    /** A hundred times what a thread waits on a machine that keeps up. */
    static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * Describes the running tasks, each beginning on a new line. A thread dump would tell more, but
     * JVMs have crashed in dumps while threads were mounted and unmounted.
     */
    private static volatile Supplier<String> tasks = () -> " tasks that are not listed";

    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Scheduler scheduler;
    private final LongSupplier nanoTime;
    private final CarrierRescue.Pause pause;

    private long quietUntilNanos;

    StarvationWatch(Scheduler scheduler, LongSupplier nanoTime, CarrierRescue.Pause pause) {
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.pause = pause;
        quietUntilNanos = nanoTime.getAsLong();
    }

    /** Sets what describes the running tasks, each beginning on a new line. */
    public static void describeTasksBy(Supplier<String> description) {
        tasks = description;
    }

    /** Waits until a new virtual thread has run, at most for the limit. */
    void check() {
        if (nanoTime.getAsLong() - quietUntilNanos < 0 || scheduler.waitingThreads() == 0) return;
        BooleanSupplier hasRun = scheduler.startProbe();
        long start = nanoTime.getAsLong();
        long before = start;
        while (!hasRun.getAsBoolean()) {
            long now = nanoTime.getAsLong();
            if (now - before > LIMIT_NANOS / 2) return; // this thread had no core either
            if (now - start >= LIMIT_NANOS) {
                warn();
                return;
            }
            before = now;
            pause.pause(STEP_NANOS);
        }
    }

    private void warn() {
        long waiting = scheduler.waitingThreads();
        quietUntilNanos = nanoTime.getAsLong() + QUIET_NANOS;
        LOG.warn(
                "a virtual thread has waited for {} ms and has no carrier yet; {} wait."
                        + " What computes for long or blocks in native code belongs on a platform"
                        + " thread. The {} carriers are used by{}",
                TimeUnit.NANOSECONDS.toMillis(LIMIT_NANOS),
                waiting,
                scheduler.carriers(),
                tasks.get());
    }
}
