package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Measures the work that a loop causes and decides whether one carrier is enough for it. One is
 * enough if the loop keeps up and the threads that it wakes only answer, without long computations.
 *
 * <pre>
 *   all ──a busy period────▶ one ──falls behind──▶ all, on trial ──gain──▶ all, for the hold time
 *    ▲                        ▲ │                        │                       │
 *    │ time on all elapsed    │ │ computing, contended,  │ no gain               │ elapsed
 *    └────────────────────────│─┘ stalled, idle          │                       │
 *                             └──────────────────────────┴───────────────────────┘
 * </pre>
 *
 * <p><i>Threads:</i> the loop's, except {@link #close} and the methods of {@link
 * CarrierControl.Loop}.
 */
public final class LoopLoad implements CarrierControl.Loop, AutoCloseable {
    /** A woken thread that only answers takes less; a computation takes more. */
    private static final long MAX_ANSWER_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** A thread that runs for longer on the only carrier delays all others too much. */
    static final long MAX_RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** How often the number of carriers is reviewed. */
    static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** How long all carriers are used, at least, after other work needed them. */
    static final long MIN_ALL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long MAX_ALL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How many pauses in a period may hold a carrier that other threads wait for. */
    private static final int MAX_CONTENDED_PAUSES = 4;

    /** How many times in an iteration the loop parks for threads in another queue. */
    private static final int MAX_PARKS = 4;

    /** A park takes some ten microseconds; if it took longer, the carrier has run other threads. */
    private static final long MAX_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final CarrierControl control;
    private final LongSupplier nanoTime;

    /** When the loop should have run again. */
    private volatile long dueNanos;

    /** Whether the loop waits for events, so that it is not expected to run. */
    private volatile boolean waiting;

    /** Set if the loop had work but did not run for a long time; cleared by the loop. */
    private volatile boolean stalled;

    // confined to the loop's thread
    private int yieldedTo;
    private long yieldNanos;

    private long periodStartNanos;
    private long computingNanos;
    private int timesCaughtUp;
    private int contendedPauses;
    private boolean wasIdle;

    /** Since when threads have been waiting for the only carrier without getting it. */
    private long contendedSinceNanos;

    private final ParallelismTrial trial = new ParallelismTrial();
    private long allNanos = MIN_ALL_NANOS;
    private long allEndNanos;

    private LoopLoad(CarrierControl control) {
        this.control = control;
        nanoTime = control.nanoTime();
        dueNanos = nanoTime.getAsLong();
        allEndNanos = dueNanos;
        beginPeriod(dueNanos);
        trial.restart(dueNanos);
    }

    /**
     * Begins to measure a loop.
     *
     * @param control controls the number of carriers
     * @return the measurement, to be closed with the loop
     */
    public static LoopLoad open(CarrierControl control) {
        var load = new LoopLoad(control);
        control.add(load);
        CarrierWatchdog.enter();
        return load;
    }

    /**
     * Lets the woken threads run.
     *
     * @param woken the number of threads that the loop has woken
     * @return whether they only answered, without long computations
     */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is the purpose
    public boolean yieldTo(int woken) {
        beforeYield(woken);
        Thread.yield();
        return afterYield();
    }

    void beforeYield(int woken) {
        yieldedTo = Math.max(woken, 1);
        yieldNanos = nanoTime.getAsLong();
        dueNanos = yieldNanos + MAX_RUN_NANOS;
        trial.woken(woken);
    }

    boolean afterYield() {
        assert yieldedTo > 0 : "no yield began";
        long now = nanoTime.getAsLong();
        if (control.isContended()) leaveQueue(now);
        else contendedSinceNanos = now;
        long taken = now - yieldNanos;
        boolean onlyAnswered = taken <= yieldedTo * MAX_ANSWER_NANOS;
        if (!onlyAnswered) computingNanos += taken;
        if (now - periodStartNanos >= PERIOD_NANOS || isComputing()) endPeriod(now);
        return onlyAnswered;
    }

    /**
     * Parks briefly so that the carrier takes threads from other queues. It stays with a queue
     * until that is empty, and the yield has just put the loop's thread back into it.
     */
    private void leaveQueue(long now) {
        for (int i = 0; i < MAX_PARKS; i++) {
            LockSupport.parkNanos(this, 1); // the timer unparks it some ten microseconds later
            if (!control.isContended()) {
                contendedSinceNanos = now;
                return;
            }
            // if it took less, the loop was back before the carrier had left the queue
            if (nanoTime.getAsLong() - now > MAX_PARK_NANOS) return;
        }
    }

    /** Records that the loop has handled all events and is about to wait. */
    public void caughtUp() {
        timesCaughtUp++;
    }

    /** Records that the loop has paused without releasing its carrier. */
    public void paused() {
        if (isContended()) contendedPauses++;
    }

    /**
     * Whether other threads wait for the only carrier, which the loop holds.
     *
     * @return true if so
     */
    public boolean isContended() {
        return control.isContended();
    }

    /** Records that the loop has nothing to do and releases its carrier. */
    public void idle() {
        wasIdle = true;
        control.withdraw(this);
    }

    /**
     * Records whether the loop waits for events in a way that it gets a carrier as soon as one
     * arrives.
     *
     * @param waiting whether the loop waits
     */
    public void waiting(boolean waiting) {
        this.waiting = waiting;
    }

    /** Ends the measurement with the loop. Idempotent. */
    @Override
    public void close() {
        if (control.remove(this)) CarrierWatchdog.leave();
    }

    @Override
    public boolean isInactive() {
        return nanoTime.getAsLong() - dueNanos > 0;
    }

    @Override
    public boolean isWaiting() {
        return waiting;
    }

    @Override
    public void onRevoked() {
        if (!waiting) stalled = true;
    }

    private void endPeriod(long now) {
        if (control.isRequestedBy(this)) reviewOne(now);
        else reviewAll(now);
        beginPeriod(now);
    }

    private void beginPeriod(long now) {
        periodStartNanos = now;
        computingNanos = 0;
        timesCaughtUp = 0;
        contendedPauses = 0;
        wasIdle = false;
    }

    /** Whether the woken threads do more than answer. */
    private boolean isComputing() {
        return computingNanos > PERIOD_NANOS / 4;
    }

    private boolean wasContended(long now) {
        return now - contendedSinceNanos > MAX_RUN_NANOS
                || contendedPauses > MAX_CONTENDED_PAUSES + timesCaughtUp / 4;
    }

    private void reviewOne(long now) {
        if (timesCaughtUp > 0) trial.restart(now);
        if (!control.isOnlyActive(this)) {
            control.withdraw(this);
        } else if (isComputing() || wasContended(now)) {
            useAll(now);
        } else if (trial.isDue(now)) {
            control.withdraw(this);
            trial.begin(now);
            useAllFor(ParallelismTrial.LENGTH_NANOS, now);
        }
    }

    /** Other work needs carriers. The sooner that happens again, the longer all are used. */
    private void useAll(long now) {
        trial.cancel();
        control.withdraw(this);
        boolean soon = now - allEndNanos < 2 * allNanos;
        useAllFor(soon ? Math.min(2 * allNanos, MAX_ALL_NANOS) : MIN_ALL_NANOS, now);
    }

    private void useAllFor(long nanos, long now) {
        allNanos = nanos;
        allEndNanos = now + nanos;
    }

    private void reviewAll(long now) {
        if (stalled) {
            stalled = false;
            useAll(now);
        }
        boolean wasBusy = !wasIdle && now - periodStartNanos <= 2 * PERIOD_NANOS;
        if (!wasBusy || isComputing() || now - allEndNanos < 0) return;
        long holdNanos = trial.end(now);
        if (holdNanos > 0) {
            useAllFor(holdNanos, now);
        } else {
            trial.restart(now);
            control.request(this);
        }
    }
}
