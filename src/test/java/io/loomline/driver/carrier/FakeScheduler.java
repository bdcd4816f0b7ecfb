package io.loomline.driver.carrier;

/** A scheduler of four carriers that runs nothing. */
final class FakeScheduler implements Scheduler {
    static final int CARRIERS = 4;

    private volatile int carriers = CARRIERS;
    private volatile long waiting;

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
        return waiting;
    }

    void waitingThreads(long count) {
        waiting = count;
    }

    boolean usesOne() {
        return carriers == 1;
    }

    boolean usesAll() {
        return carriers == CARRIERS;
    }
}
