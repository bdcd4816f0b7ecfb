package io.loomline.driver.carrier;

import java.util.concurrent.atomic.AtomicLong;

/** A scheduler of four carriers that runs nothing. */
final class FakeScheduler implements Scheduler {
    static final int CARRIERS = 4;

    private volatile int carriers = CARRIERS;
    private final AtomicLong waiting = new AtomicLong();
    private volatile long runAtEachLook;

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
        return waiting.getAndAdd(-runAtEachLook);
    }

    long stillWaiting() {
        return waiting.get();
    }

    void waitingThreads(long count) {
        waiting.set(count);
    }

    /** From now on, one of those who wait has had its turn whenever somebody looks. */
    void runOneAtEachLook() {
        runAtEachLook = 1;
    }

    boolean usesOne() {
        return carriers == 1;
    }

    boolean usesAll() {
        return carriers == CARRIERS;
    }
}
