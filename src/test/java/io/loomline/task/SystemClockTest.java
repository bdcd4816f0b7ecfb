package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** The clock of the machine. */
class SystemClockTest {
    private final Clock clock = SystemClock.INSTANCE;

    @Test
    void thereIsOne() {
        assertSame(clock, SystemClock.INSTANCE);
    }

    @Test
    void readingsNeverGoBack() {
        long before = clock.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            long now = clock.nanoTime();
            assertTrue(now - before >= 0);
            before = now;
        }
    }

    @Test
    void timerRunsNotBeforeItsTimeOnADaemonThreadOfTheClock() {
        var ran = new CompletableFuture<Thread>();
        long before = clock.nanoTime();
        clock.schedule(Duration.ofMillis(3), () -> ran.complete(Thread.currentThread()));
        Thread thread = ran.join();
        assertTrue(clock.nanoTime() - before >= Duration.ofMillis(3).toNanos());
        assertNotSame(Thread.currentThread(), thread);
        assertTrue(thread.isDaemon());
        assertEquals("loomline-clock", thread.getName());
    }

    @Test
    void delayThatIsOverRunsAsSoonAsPossible() throws Exception {
        var ran = new CountDownLatch(3);
        clock.schedule(Duration.ZERO, ran::countDown);
        clock.schedule(Duration.ofNanos(-1), ran::countDown);
        clock.schedule(Duration.ofSeconds(Long.MIN_VALUE), ran::countDown);
        ran.await();
    }

    @Test
    void cancelledTimerDoesNotRun() throws Exception {
        var ran = new AtomicBoolean();
        var cancelled = new CountDownLatch(1);
        clock.schedule(Duration.ZERO, () -> hold(cancelled)); // so that none runs meanwhile
        Clock.Timer timer = clock.schedule(Duration.ZERO, () -> ran.set(true));
        timer.cancel();
        timer.cancel();
        cancelled.countDown();
        var later = new CountDownLatch(1);
        clock.schedule(Duration.ZERO, later::countDown);
        later.await();
        assertFalse(ran.get());
    }

    private static void hold(CountDownLatch end) {
        TestTree.awaitTrue("released", () -> end.getCount() == 0);
    }

    @Test
    void cancelOfATimerThatHasRunDoesNothing() throws Exception {
        var ran = new CountDownLatch(1);
        Clock.Timer timer = clock.schedule(Duration.ZERO, ran::countDown);
        ran.await();
        timer.cancel();
    }

    @Test
    void hugeDelayIsNever() {
        var ran = new AtomicBoolean();
        List<Duration> huge =
                List.of(
                        Duration.ofSeconds(Long.MAX_VALUE),
                        Duration.ofNanos(Long.MAX_VALUE),
                        Duration.ofDays(36_500),
                        Duration.ofDays(36_501));
        for (Duration delay : huge) {
            clock.schedule(delay, () -> ran.set(true)).cancel();
        }
        List<Clock.Timer> pending =
                huge.stream().map(d -> clock.schedule(d, () -> ran.set(true))).toList();
        var later = new CompletableFuture<Boolean>();
        clock.schedule(Duration.ZERO, () -> later.complete(ran.get()));
        assertFalse(later.join());
        pending.forEach(Clock.Timer::cancel);
    }

    @Test
    void timerThatThrowsStopsNoOther() throws Exception {
        clock.schedule(
                Duration.ZERO,
                () -> {
                    throw new IllegalStateException("bad timer");
                });
        var later = new CountDownLatch(1);
        clock.schedule(Duration.ofNanos(1), later::countDown);
        later.await();
    }
}
