package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class CarrierRescueTest {
    private static final int ALL = FakeScheduler.CARRIERS;

    private final AtomicLong nanos = new AtomicLong();
    private final FakeScheduler scheduler = new FakeScheduler();
    private final CarrierRescue rescue = new CarrierRescue(scheduler, nanos::get, nanos::addAndGet);
    private final CapturedLog log = new CapturedLog();

    @AfterEach
    void closeLog() {
        rescue.end();
        log.close();
    }

    private void check(int times) {
        for (int i = 0; i < times; i++) {
            nanos.addAndGet(CarrierRescue.PERIOD_NANOS);
            rescue.check();
        }
    }

    private int warnings() {
        return log.lines("no virtual thread has got a carrier").size();
    }

    @Test
    void moreCarriersAreUsedAfterAllWereHeldForThreeSeconds() {
        scheduler.hold();
        check(3);
        assertEquals(ALL, scheduler.carriers());
        check(1);
        assertEquals(2 * ALL, scheduler.carriers());
        assertEquals(1, warnings());
        assertTrue(log.lines("a thread of the test").size() == 1);
    }

    @Test
    void numberIsDoubledWhileAllAreHeld() {
        scheduler.hold();
        check(6);
        assertEquals(8 * ALL, scheduler.carriers());
        assertEquals(1, warnings());
        check(20);
        assertEquals(256, scheduler.carriers());
    }

    @Test
    void usualNumberIsRestoredOnceAUsualCarrierIsFree() {
        scheduler.hold();
        check(4);
        scheduler.runElsewhere(ALL);
        check(10);
        assertEquals(2 * ALL, scheduler.carriers());
        scheduler.runElsewhere(ALL - 1);
        check(1);
        assertEquals(ALL, scheduler.carriers());
    }

    @Test
    void eachIncidentIsLoggedOnce() {
        for (int incident = 1; incident <= 2; incident++) {
            scheduler.hold();
            check(10);
            assertEquals(incident, warnings());
            scheduler.runElsewhere(0);
            check(1);
            assertTrue(scheduler.usesAll());
        }
    }

    @Test
    void numberSetByOtherCodeIsKept() {
        scheduler.hold();
        check(4);
        scheduler.useCarriers(7);
        scheduler.runElsewhere(0);
        check(1);
        assertEquals(7, scheduler.carriers());
    }

    @Test
    void numberIsKeptWhileNoThreadWaits() {
        scheduler.hold();
        scheduler.waitingThreads(0);
        check(10);
        assertTrue(scheduler.usesAll());
    }

    /** The watchdog is woken whenever the last loop ends, even if another one begins at once. */
    @Test
    void earlyChecksDoNotCount() {
        scheduler.hold();
        check(1);
        for (int i = 0; i < 10; i++) {
            nanos.addAndGet(CarrierRescue.PERIOD_NANOS / 100);
            rescue.check();
        }
        assertTrue(scheduler.usesAll());
    }

    @Test
    void numberIsKeptAfterTheProcessWasSuspended() {
        scheduler.hold();
        check(3);
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
        check(1);
        assertTrue(scheduler.usesAll());
        check(3);
        assertEquals(2 * ALL, scheduler.carriers());
    }
}
