package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Eventually;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class LoopLoadTest {
    private final FakeScheduler scheduler = new FakeScheduler();
    private final AtomicLong nanos = new AtomicLong();
    private final CarrierControl control = new CarrierControl(() -> scheduler, nanos::get);
    private final FakeLoop loop = new FakeLoop(LoopLoad.open(control), nanos);

    @AfterEach
    void allCarriersAreUsedAfterTheLoopIsClosed() throws InterruptedException {
        loop.load.close();
        Eventually.holds(() -> !control.isSetterAlive());
        assertFalse(scheduler.usesOne());
    }

    @Test
    void oneCarrierIsUsedWhileTheLoopKeepsUp() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.keepUp(1000);
        assertTrue(control.isRequestedBy(loop.load));
    }

    @Test
    void allAreUsedWhenWokenThreadsCompute() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.compute(8);
        loop.keepUp(20);
        Eventually.holds(scheduler::usesAll);
    }

    @Test
    void computationsDelayTheNextRequest() throws InterruptedException {
        int before = requestsWithComputations();
        int then = requestsWithComputations();
        assertTrue(then < before, then + " requests after " + before);
    }

    private int requestsWithComputations() throws InterruptedException {
        int requests = 0;
        for (int i = 0; i < 200; i++) {
            loop.keepUp(50);
            if (control.isRequestedBy(loop.load)) requests++;
            loop.compute(15);
            loop.keepUp(10);
        }
        return requests;
    }

    @Test
    void allAreUsedWhenOneThreadKeepsTheCarrier() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.load.beforeYield(1);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(5));
        scheduler.waitingThreads(1);
        Eventually.holds(scheduler::usesAll);
        scheduler.waitingThreads(0);
        loop.load.afterYield();
        loop.keepUp(50);
        assertFalse(control.isRequestedBy(loop.load));
    }

    @Test
    void oneIsUsedWhileALargeBatchMakesProgress() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        scheduler.runOneAtEachCheck();
        scheduler.waitingThreads(1000);
        loop.load.beforeYield(1000);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(9));
        Eventually.holds(() -> scheduler.stillWaiting() < 995);
        assertTrue(control.isRequestedBy(loop.load));
        scheduler.waitingThreads(0);
    }

    @Test
    void allAreUsedAfterTheLoopHasWaitedForLong() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.load.waiting(true);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        Eventually.holds(scheduler::usesAll);
        loop.load.waiting(false);
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
    }

    @Test
    void allAreUsedAsSoonAsTheLoopIsIdle() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.load.idle();
        Eventually.holds(scheduler::usesAll);
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
    }

    @Test
    void allAreUsedWhenThreadsWaitForTheCarrierThatTheLoopHolds() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        Eventually.holds(() -> !loop.load.isContended());
        scheduler.waitingThreads(1);
        Eventually.holds(loop.load::isContended);
        loop.keepUp(40);
        Eventually.holds(scheduler::usesAll);
        assertFalse(loop.load.isContended());
    }

    @Test
    void allAreUsedMostOfTheTimeIfTheyDoMoreThanOne() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        int millisOfOne = 0;
        for (int i = 0; i < 5000; i++) {
            boolean one = control.isRequestedBy(loop.load);
            loop.runBehind(1, one ? 10 : 20);
            if (one) millisOfOne++;
        }
        assertTrue(millisOfOne < 1000, millisOfOne + " of 5000 ms");
    }

    @Test
    void oneIsUsedMostOfTheTimeIfAllDoNoMoreThanOne() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        int millisOfOne = 0;
        for (int i = 0; i < 5000; i++) {
            if (control.isRequestedBy(loop.load)) millisOfOne++;
            loop.runBehind(1, 10);
        }
        assertTrue(millisOfOne > 4000, millisOfOne + " of 5000 ms");
    }

    @Test
    void allAreUsedWhenTwoLoopsHaveWork() throws InterruptedException {
        var other = new FakeLoop(LoopLoad.open(control), nanos);
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        for (int i = 0; i < 40; i++) {
            other.keepUp(1);
            loop.keepUp(1);
        }
        Eventually.holds(scheduler::usesAll);
        other.load.close();
    }

    @Test
    void numberSetByOtherCodeIsKept() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.keepUp(1);
        scheduler.useCarriers(3);
        loop.load.close();
        Eventually.holds(() -> !control.isSetterAlive());
        assertEquals(3, scheduler.carriers());
    }
}
