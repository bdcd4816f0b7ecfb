package io.loomline.driver.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * What a loop brings its carriers to do. The loop tells of its turns; from that follows whether one
 * carrier is enough: if it keeps up, and those whom it wakes only answer.
 *
 * <pre>
 *   all ──a period of work──▶ one ──it is behind──▶ all, on trial ──they help──▶ all, for longer
 *    ▲                         ▲ │                        │                              │
 *    │ a rest                  │ │ computing, crowded,    │ they do not                  │ is over
 *    └─────────────────────────│─┘ held, idle             │                              │
 *                              └──────────────────────────┴──────────────────────────────┘
 * </pre>
 *
 * <p><i>Threads:</i> the loop's, but for {@link #close}.
 */
public final class LoopLoad implements CarrierControl.User, AutoCloseable {
    /** What a thread that was woken takes at most if it only answers; a computation takes more. */
    private static final long LONG_ANSWER_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** Who has the only carrier for longer is in the way of all others. */
    static final long LONGEST_RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** How often it is decided. */
    static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** How long all carriers are used, at least, after something else needed them. */
    static final long SHORTEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How often, in a period, the loop may hold the carrier while others want it. */
    private static final int MAY_BE_IN_THE_WAY = 4;

    /** How often, in a turn, the loop steps aside for those who wait in another queue. */
    private static final int TRIES_TO_LET_IN = 4;

    /** A try takes some ten microseconds; when they took longer, the carrier has run others. */
    private static final long LETTING_IN_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final CarrierControl limit;
    private final LongSupplier nanoTime;

    /** When the loop should have had another turn. */
    private volatile long dueNanos;

    /** Whether the loop waits for something to do, so that nobody need wonder where it is. */
    private volatile boolean waiting;

    /** Set when the loop had no turn for a long time though it had work; it takes it back. */
    private volatile boolean held;

    // the rest is the loop's
    private int givenTo;
    private long givenNanos;

    private long periodBeganNanos;
    private long computingNanos;
    private int timesUpToDate;
    private int timesInTheWay;
    private boolean wasIdle;

    /** Since when threads wait for the one carrier that do not get it. */
    private long crowdedFromNanos;

    private final ParallelismTrial trial = new ParallelismTrial();
    private long restNanos = SHORTEST_REST_NANOS;
    private long restEndNanos;

    private LoopLoad(CarrierControl limit) {
        this.limit = limit;
        nanoTime = limit.nanoTime();
        dueNanos = nanoTime.getAsLong();
        restEndNanos = dueNanos;
        beginPeriod(dueNanos);
        trial.restart(dueNanos);
    }

    /** One of a loop, to be closed with it. */
    public static LoopLoad under(CarrierControl limit) {
        var workload = new LoopLoad(limit);
        limit.add(workload);
        CarrierWatchdog.enter();
        return workload;
    }

    /** The loop lets those run whom it has woken. */
    public void giveWay(int woken) {
        givenTo = Math.max(woken, 1);
        givenNanos = nanoTime.getAsLong();
        dueNanos = givenNanos + LONGEST_RUN_NANOS;
        trial.woken(woken);
    }

    /**
     * The loop has its turn again.
     *
     * @return whether those whom it had woken only answered
     */
    public boolean resume() {
        long now = nanoTime.getAsLong();
        if (limit.isShort()) letOthersIn(now);
        else crowdedFromNanos = now;
        long taken = now - givenNanos;
        boolean onlyAnswered = taken <= givenTo * LONG_ANSWER_NANOS;
        if (!onlyAnswered) computingNanos += taken;
        if (now - periodBeganNanos >= PERIOD_NANOS || isComputing()) endPeriod(now);
        return onlyAnswered;
    }

    /**
     * A carrier goes on with the queue that it is at as long as there is something, and the loop
     * has just put itself into that: it keeps out of it for a moment.
     */
    private void letOthersIn(long now) {
        for (int i = 0; i < TRIES_TO_LET_IN; i++) {
            LockSupport.parkNanos(this, 1); // a timer brings it back, some ten microseconds later
            if (!limit.isShort()) {
                crowdedFromNanos = now;
                return;
            }
            // back before the carrier had left the queue; or it did, and others have come
            if (nanoTime.getAsLong() - now > LETTING_IN_NANOS) return;
        }
    }

    /** The loop has found nothing to do, and is about to wait. */
    public void upToDate() {
        timesUpToDate++;
    }

    /** The loop has waited on its carrier. */
    public void waited() {
        if (isInTheWay()) timesInTheWay++;
    }

    /** Whether others want the carrier that the loop has, and there is no other. */
    public boolean isInTheWay() {
        return limit.isShort();
    }

    /** The loop has nothing to do, and no carrier. */
    public void idle() {
        wasIdle = true;
        limit.lift(this);
    }

    /** Whether the loop waits for something to do, and gets a carrier at once when there is. */
    public void waiting(boolean waiting) {
        this.waiting = waiting;
    }

    /** The loop has ended. */
    @Override
    public void close() {
        limit.remove(this);
        CarrierWatchdog.leave();
    }

    @Override
    public boolean isStill() {
        return nanoTime.getAsLong() - dueNanos > 0;
    }

    @Override
    public boolean isWaiting() {
        return waiting;
    }

    @Override
    public void stopped() {
        if (!waiting) held = true;
    }

    private void endPeriod(long now) {
        if (limit.isAsking(this)) reviewOne(now);
        else reviewAll(now);
        beginPeriod(now);
    }

    private void beginPeriod(long now) {
        periodBeganNanos = now;
        computingNanos = 0;
        timesUpToDate = 0;
        timesInTheWay = 0;
        wasIdle = false;
    }

    /** Those who are woken do more than to answer. */
    private boolean isComputing() {
        return computingNanos > PERIOD_NANOS / 4;
    }

    private boolean isCrowded(long now) {
        return now - crowdedFromNanos > LONGEST_RUN_NANOS
                || timesInTheWay > MAY_BE_IN_THE_WAY + timesUpToDate / 4;
    }

    private void reviewOne(long now) {
        if (timesUpToDate > 0) trial.restart(now);
        if (!limit.isAlone(this)) {
            limit.lift(this);
        } else if (isComputing() || isCrowded(now)) {
            useAll(now);
        } else if (trial.isDue(now)) {
            limit.lift(this);
            trial.begin(now);
            rest(ParallelismTrial.LENGTH_NANOS, now);
        }
    }

    /** Something else needs carriers; the longer, the sooner it was the case again. */
    private void useAll(long now) {
        trial.cancel();
        limit.lift(this);
        boolean soon = now - restEndNanos < 2 * restNanos;
        rest(soon ? Math.min(2 * restNanos, LONGEST_REST_NANOS) : SHORTEST_REST_NANOS, now);
    }

    private void rest(long nanos, long now) {
        restNanos = nanos;
        restEndNanos = now + nanos;
    }

    private void reviewAll(long now) {
        if (held) {
            held = false;
            useAll(now);
        }
        boolean wasBusy = !wasIdle && now - periodBeganNanos <= 2 * PERIOD_NANOS;
        if (!wasBusy || isComputing() || now - restEndNanos < 0) return;
        long stayNanos = trial.end(now);
        if (stayNanos > 0) {
            rest(stayNanos, now);
        } else {
            trial.restart(now);
            limit.ask(this);
        }
    }
}
