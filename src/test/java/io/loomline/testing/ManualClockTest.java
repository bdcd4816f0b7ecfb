package io.loomline.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.Clock;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that the test advances. */
class ManualClockTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final List<String> ran = new ArrayList<>();

    /** Schedules a timer that records its name and the time at which it ran. */
    private Clock.Timer set(String name, long seconds) {
        return clock.schedule(
                Duration.ofSeconds(seconds), () -> ran.add(name + "@" + secondsOf(clock)));
    }

    private static long secondsOf(Clock clock) {
        return Duration.ofNanos(clock.nanoTime()).toSeconds();
    }

    @Test
    void clockMovesOnlyWhenAdvanced() {
        assertEquals(0, clock.nanoTime());
        assertEquals(0, clock.nanoTime());
        clock.advance(Duration.ofNanos(3));
        clock.advance(Duration.ZERO);
        clock.advance(SECOND);
        assertEquals(1_000_000_003, clock.nanoTime());
    }

    @Test
    void clockRejectsANegativeDuration() {
        clock.advance(SECOND);
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> clock.advance(Duration.ofNanos(-1)));
        assertTrue(e.getMessage().contains("PT-0.000000001S"), e.getMessage());
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    @Test
    void timersRunInTheOrderOfTheirTimesEachAtItsTime() {
        set("c", 3);
        set("a", 1);
        set("d", 4);
        set("b", 2);
        clock.advance(Duration.ofSeconds(3));
        assertEquals(List.of("a@1", "b@2", "c@3"), ran);
        assertEquals(1, clock.timers());
    }

    @Test
    void timersOfTheSameTimeRunInSchedulingOrder() {
        for (int i = 0; i < 100; i++) set("t" + i, 1);
        clock.advance(SECOND);
        for (int i = 0; i < 100; i++) assertEquals("t" + i + "@1", ran.get(i));
    }

    @Test
    void timerRunsOnceAtItsNanosecond() {
        set("a", 1);
        clock.advance(SECOND.minusNanos(1));
        assertEquals(List.of(), ran);
        clock.advance(Duration.ofNanos(1));
        clock.advance(SECOND);
        assertEquals(List.of("a@1"), ran);
    }

    @Test
    void dueTimerRunsWithTheNextAdvanceEvenOfZero() {
        set("now", 0);
        set("past", -5);
        clock.schedule(Duration.ofSeconds(Long.MIN_VALUE), () -> ran.add("long past"));
        assertEquals(List.of(), ran);
        assertEquals(3, clock.timers());
        clock.advance(Duration.ZERO);
        assertEquals(List.of("now@0", "past@0", "long past"), ran);
    }

    @Test
    void timerMayScheduleTimersForTheSameAdvance() {
        clock.schedule(SECOND, () -> set("in time", 1));
        clock.schedule(SECOND, () -> set("too late", 5));
        clock.schedule(SECOND, () -> set("at once", 0));
        set("between", 2);
        clock.advance(Duration.ofSeconds(3));
        assertEquals(List.of("at once@1", "between@2", "in time@2"), ran);
        assertEquals(3, secondsOf(clock));
        clock.advance(Duration.ofSeconds(3));
        assertEquals("too late@6", ran.getLast());
    }

    @Test
    void timerThatReschedulesItselfTicks() {
        var ticks = new AtomicInteger();
        clock.schedule(SECOND, () -> tick(ticks));
        clock.advance(Duration.ofHours(1));
        assertEquals(3_600, ticks.get());
        assertEquals(1, clock.timers());
    }

    private void tick(AtomicInteger ticks) {
        ticks.incrementAndGet();
        clock.schedule(SECOND, () -> tick(ticks));
    }

    @Test
    void timerMayAdvanceTheClock() {
        clock.schedule(SECOND, () -> clock.advance(Duration.ofSeconds(4)));
        set("b", 2);
        set("c", 6);
        clock.advance(Duration.ofSeconds(2));
        assertEquals(List.of("b@2"), ran);
        assertEquals(5, secondsOf(clock), "the later of both times");
    }

    @Test
    void cancelledTimerDoesNotRun() {
        set("a", 1).cancel();
        Clock.Timer b = set("b", 2);
        clock.schedule(SECOND, b::cancel);
        assertEquals(2, clock.timers());
        clock.advance(Duration.ofSeconds(3));
        assertEquals(List.of(), ran);
        assertEquals(0, clock.timers());
    }

    @Test
    void repeatedOrLateCancelAffectsNoOtherTimer() {
        Clock.Timer a = set("a", 1);
        set("a", 1);
        a.cancel();
        a.cancel();
        assertEquals(1, clock.timers());
        Clock.Timer c = set("c", 1);
        clock.advance(SECOND);
        c.cancel();
        assertEquals(List.of("a@1", "c@1"), ran);
    }

    @Test
    void hugeDelayIsACentury() {
        clock.advance(SECOND);
        for (Duration huge :
                List.of(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofNanos(Long.MAX_VALUE))) {
            clock.schedule(huge, () -> ran.add("never")).cancel();
            clock.schedule(huge, () -> ran.add("never"));
        }
        clock.advance(Duration.ofDays(36_499));
        assertEquals(List.of(), ran);
        assertEquals(2, clock.timers());
    }

    @Test
    void timersRunOnTheThreadThatAdvancesTheClock() {
        var thread = new AtomicReference<Thread>();
        clock.schedule(SECOND, () -> thread.set(Thread.currentThread()));
        clock.advance(SECOND);
        assertSame(Thread.currentThread(), thread.get());
    }

    @Test
    void failureOfATimerIsThrownAndTheOthersRun() {
        clock.schedule(
                SECOND,
                () -> {
                    throw new IllegalStateException("bad timer");
                });
        set("b", 2);
        assertThrows(IllegalStateException.class, () -> clock.advance(Duration.ofSeconds(2)));
        clock.advance(Duration.ofSeconds(2));
        assertEquals(List.of("b@2"), ran);
    }

    @Test
    void twoThreadsThatAdvanceTheClockRunEveryTimerOnce() throws Exception {
        for (int round = 0; round < 200; round++) {
            var count = new AtomicInteger();
            for (int i = 0; i < 20; i++) clock.schedule(SECOND, count::incrementAndGet);
            var other = new FutureTask<>(() -> clock.advance(SECOND), true);
            Thread.ofPlatform().daemon().start(other);
            clock.advance(SECOND);
            assertTrue(other.get());
            assertEquals(20, count.get());
        }
    }

    @Test
    void awaitTimersWaitsForTheExactNumber() throws Exception {
        clock.awaitTimers(0);
        for (int wanted : new int[] {2, 1, 0}) {
            var waiting = new AtomicBoolean(true);
            Thread waiter = startWaiter(wanted, waiting);
            if (wanted == 2) {
                set("a", 1);
                assertTrue(waiting.get());
                set("b", 2);
            } else {
                clock.advance(SECOND);
            }
            waiter.join();
            assertFalse(waiting.get());
        }
        assertEquals(List.of("a@1", "b@2"), ran);
    }

    private Thread startWaiter(int count, AtomicBoolean waiting) {
        return Thread.startVirtualThread(() -> {
            try {
                clock.awaitTimers(count);
                waiting.set(false);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void awaitTimersCountsNoCancelledTimer() throws Exception {
        Clock.Timer timer = set("a", 1);
        var waiting = new AtomicBoolean(true);
        Thread waiter = startWaiter(0, waiting);
        timer.cancel();
        waiter.join();
        assertFalse(waiting.get());
    }

    @Test
    void interruptEndsAwaitTimers() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> clock.awaitTimers(1));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void failuresOfTimersDoNotStopTheClock() {
        var clock = new ManualClock();
        var ran = new AtomicInteger();
        for (int i = 1; i <= 3; i++) {
            clock.schedule(
                    Duration.ofSeconds(i),
                    () -> {
                        ran.incrementAndGet();
                        throw new IllegalStateException("bad timer");
                    });
        }
        assertThrows(IllegalStateException.class, () -> clock.advance(Duration.ofSeconds(5)));
        assertEquals(3, ran.get());
        assertEquals(Duration.ofSeconds(5).toNanos(), clock.nanoTime());
    }
}
