package io.loomline.driver.carrier;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** A scheduler of four carriers that runs nothing. */
final class FakeScheduler implements Scheduler {
    static final int CARRIERS = 4;

    private volatile int carriers = CARRIERS;
    private final AtomicLong waiting = new AtomicLong();
    private volatile long runAtEachCheck;
    private volatile int running;
    private volatile boolean runsProbes = true;

    @Override
    public int carriers() {
        return carriers;
    }

    @Override
    public void useCarriers(int most) {
        carriers = most;
    }

    @Override
    public long waitingThreads() {
        return waiting.getAndAdd(-runAtEachCheck);
    }

    @Override
    public int runningThreads() {
        return running;
    }

    @Override
    public BooleanSupplier startProbe() {
        return () -> runsProbes;
    }

    @Override
    public String describeRunning() {
        return " a thread of the test";
    }

    /** Lets waiting threads hold all carriers. */
    void hold() {
        running = carriers;
        runsProbes = false;
        waiting.set(1);
    }

    /** Lets added carriers run the waiting threads, while some threads still hold carriers. */
    void runElsewhere(int stillHolding) {
        running = stillHolding;
        runsProbes = true;
    }

    long stillWaiting() {
        return waiting.get();
    }

    void waitingThreads(long count) {
        waiting.set(count);
    }

    /** Lets one waiting thread get a carrier between two checks. */
    void runOneAtEachCheck() {
        runAtEachCheck = 1;
    }

    boolean usesOne() {
        return carriers == 1;
    }

    boolean usesAll() {
        return carriers == CARRIERS;
    }
}
