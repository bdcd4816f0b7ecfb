package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

class StarvationWatchTest {
    private final AtomicLong nanos = new AtomicLong();
    private final FakeScheduler scheduler = new FakeScheduler();
    private final StarvationWatch watch =
            new StarvationWatch(scheduler, nanos::get, nanos::addAndGet);
    private final CapturedLog log = new CapturedLog();

    @AfterEach
    void closeLog() {
        log.close();
    }

    private int warnings() {
        return log.lines("a virtual thread has waited for 250 ms").size();
    }

    @Test
    void warnsOnceAMinute() {
        scheduler.hold();
        watch.check();
        assertEquals(1, warnings());
        nanos.addAndGet(StarvationWatch.QUIET_NANOS - 1);
        watch.check();
        assertEquals(1, warnings());
        nanos.addAndGet(1);
        watch.check();
        assertEquals(2, warnings());
    }

    @Test
    void isQuietWhileThreadsGetCarriers() {
        scheduler.waitingThreads(100);
        watch.check();
        assertEquals(0, warnings());
    }

    @Test
    void isQuietWhileNoThreadWaits() {
        scheduler.hold();
        scheduler.waitingThreads(0);
        watch.check();
        assertEquals(0, warnings());
    }

    /** The machine was stopped, or has no core for this process. */
    @Test
    void isQuietIfItsOwnThreadDidNotRunEither() {
        scheduler.hold();
        var slow =
                new StarvationWatch(
                        scheduler,
                        nanos::get,
                        pause -> nanos.addAndGet(StarvationWatch.LIMIT_NANOS));
        slow.check();
        assertEquals(0, warnings());
    }
}
