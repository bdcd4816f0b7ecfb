package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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

    /** The thread that runs the timers of a clock. */
    private static Thread threadOf(Clock clock) {
        var thread = new CompletableFuture<Thread>();
        clock.schedule(Duration.ZERO, () -> thread.complete(Thread.currentThread()));
        return thread.join();
    }

    private static void awaitEnd(Thread thread) {
        TestTree.awaitTrue("the thread has ended", () -> !thread.isAlive());
    }

    @Test
    void threadEndsWhenThereIsNoTimerAndComesBack() {
        var own = new SystemClock();
        Thread first = threadOf(own);
        awaitEnd(first);
        Thread second = threadOf(own);
        assertNotSame(first, second);
        awaitEnd(second);
    }

    @Test
    void timerThatIsTakenBackKeepsNoThread() {
        var own = new SystemClock();
        Clock.Timer near = own.schedule(Duration.ofMinutes(1), () -> {});
        Clock.Timer far = own.schedule(Duration.ofDays(1), () -> {});
        Thread thread = threadOf(own);
        TestTree.awaitParked(thread);
        near.cancel();
        far.cancel();
        awaitEnd(thread);
    }

    @Test
    void nearerTimerThatIsSetLaterRunsFirst() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        var ran = new CountDownLatch(3);
        long now = clock.nanoTime();
        for (int i : List.of(30, 10, 20)) {
            clock.scheduleAt(
                    now + Duration.ofMillis(i).toNanos(),
                    () -> {
                        order.add(i);
                        ran.countDown();
                    });
        }
        ran.await();
        assertEquals(List.of(10, 20, 30), order);
    }

    @Test
    void threadInheritsNothingFromTheFirstWaiter() throws Exception {
        var own = new SystemClock();
        var local = new InheritableThreadLocal<String>();
        local.set("the caller's");
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        var seen = new CompletableFuture<List<Object>>();
        try (var loader = new URLClassLoader(new URL[0])) {
            Thread.currentThread().setContextClassLoader(loader);
            own.schedule(
                    Duration.ZERO,
                    () ->
                            seen.complete(
                                    Arrays.asList(
                                            local.get(),
                                            Thread.currentThread().getContextClassLoader())));
            assertEquals(Arrays.asList(null, ClassLoader.getSystemClassLoader()), seen.join());
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void interruptOfAnActionIsNotForTheNext() throws Exception {
        clock.schedule(Duration.ZERO, () -> Thread.currentThread().interrupt());
        var seen = new CompletableFuture<Boolean>();
        clock.schedule(
                Duration.ofMillis(1), () -> seen.complete(Thread.currentThread().isInterrupted()));
        assertFalse(seen.join());
    }

    @Test
    void timersAsFarApartAsNumbersCanBeAreAllTakenBack() {
        var own = new SystemClock();
        long now = own.nanoTime();
        List<Clock.Timer> far = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            far.add(own.scheduleAt(now + (Long.MAX_VALUE >> i), () -> {}));
            far.add(own.scheduleAt(now + Long.MAX_VALUE - i, () -> {}));
        }
        Thread thread = threadOf(own);
        far.forEach(Clock.Timer::cancel);
        awaitEnd(thread);
    }
}
