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
    private final CarrierControl limit = new CarrierControl(() -> scheduler, nanos::get);
    private final FakeLoop loop = new FakeLoop(LoopLoad.under(limit), nanos);

    @AfterEach
    void carriersAreGivenBackWithTheLoop() throws InterruptedException {
        loop.workload.close();
        Eventually.holds(() -> !limit.isWatched());
        assertFalse(scheduler.usesOne());
    }

    @Test
    void oneCarrierIsUsedWhileTheLoopKeepsUp() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.keepUp(1000);
        assertTrue(limit.isAsking(loop.workload));
    }

    @Test
    void allAreUsedWhenThoseWhoAreWokenCompute() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.compute(8);
        loop.keepUp(20);
        Eventually.holds(scheduler::usesAll);
    }

    @Test
    void computationsMakeTheNextTryLater() throws InterruptedException {
        int before = triesWithComputations();
        int then = triesWithComputations();
        assertTrue(then < before, then + " tries after " + before);
    }

    private int triesWithComputations() throws InterruptedException {
        int tries = 0;
        for (int i = 0; i < 200; i++) {
            loop.keepUp(50);
            if (limit.isAsking(loop.workload)) tries++;
            loop.compute(15);
            loop.keepUp(10);
        }
        return tries;
    }

    @Test
    void allAreUsedWhenOneThreadKeepsTheCarrier() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.workload.giveWay(1);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(5));
        scheduler.waitingThreads(1);
        Eventually.holds(scheduler::usesAll);
        scheduler.waitingThreads(0);
        loop.workload.resume();
        loop.keepUp(50);
        assertFalse(limit.isAsking(loop.workload));
    }

    @Test
    void largeBatchesMayTakeTheirTime() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        scheduler.runOneAtEachLook();
        scheduler.waitingThreads(1000);
        loop.workload.giveWay(1000);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(9));
        Eventually.holds(() -> scheduler.stillWaiting() < 995);
        assertTrue(limit.isAsking(loop.workload));
        scheduler.waitingThreads(0);
    }

    @Test
    void allMayBeUsedAfterTheLoopHasWaitedForLong() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.workload.waiting(true);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        Eventually.holds(scheduler::usesAll);
        loop.workload.waiting(false);
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
    }

    @Test
    void allMayBeUsedAsSoonAsTheLoopIsIdle() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.workload.idle();
        Eventually.holds(scheduler::usesAll);
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
    }

    @Test
    void allAreUsedWhenOthersWaitForTheCarrierThatTheLoopHolds() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        Eventually.holds(() -> !loop.workload.isInTheWay());
        scheduler.waitingThreads(1);
        Eventually.holds(loop.workload::isInTheWay);
        loop.keepUp(40);
        Eventually.holds(scheduler::usesAll);
        assertFalse(loop.workload.isInTheWay());
    }

    @Test
    void allAreUsedMostOfTheTimeIfTheyDoMoreThanOne() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        int millisOfOne = 0;
        for (int i = 0; i < 5000; i++) {
            boolean one = limit.isAsking(loop.workload);
            loop.runBehind(1, one ? 10 : 20);
            if (one) millisOfOne++;
        }
        assertTrue(millisOfOne < 1000, millisOfOne + " of 5000 ms");
    }

    @Test
    void oneIsUsedMostOfTheTimeIfAllDoNoMore() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        int millisOfOne = 0;
        for (int i = 0; i < 5000; i++) {
            if (limit.isAsking(loop.workload)) millisOfOne++;
            loop.runBehind(1, 10);
        }
        assertTrue(millisOfOne > 4000, millisOfOne + " of 5000 ms");
    }

    @Test
    void twoLoopsWithWorkHaveAllCarriers() throws InterruptedException {
        var other = new FakeLoop(LoopLoad.under(limit), nanos);
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        for (int i = 0; i < 40; i++) {
            other.keepUp(1);
            loop.keepUp(1);
        }
        Eventually.holds(scheduler::usesAll);
        other.workload.close();
    }

    @Test
    void whatSomebodyElseHasSetMeanwhileStays() throws InterruptedException {
        loop.keepUp(50);
        Eventually.holds(scheduler::usesOne);
        loop.keepUp(1);
        scheduler.useCarriers(3);
        loop.workload.close();
        Eventually.holds(() -> !limit.isWatched());
        assertEquals(3, scheduler.carriers());
    }
}
