package io.loomline.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** One timer for many times. */
class EarliestTimerTest {
    private final HandClock clock = new HandClock();
    private boolean needed = true;
    private int expired;
    private final EarliestTimer timer = new EarliestTimer(clock, () -> needed, () -> expired++);

    /** A clock whose timers a test runs by hand. */
    static final class HandClock implements TimeSource {
        record Scheduled(long atNanos, Runnable action) {}

        private final List<Scheduled> all = new ArrayList<>();
        private final List<Scheduled> cancelled = new ArrayList<>();
        private boolean fails;

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public Runnable scheduleAt(long atNanos, Runnable action) {
            if (fails) throw new IllegalStateException("on purpose");
            var scheduled = new Scheduled(atNanos, action);
            all.add(scheduled);
            return () -> {
                if (fails) throw new IllegalStateException("on purpose");
                cancelled.add(scheduled);
            };
        }

        List<Long> set() {
            return all.stream()
                    .filter(each -> !cancelled.contains(each))
                    .map(Scheduled::atNanos)
                    .toList();
        }

        /** Runs a timer, also one that was cancelled too late. */
        void run(int index) {
            all.get(index).action().run();
        }
    }

    @Test
    void onlyAnEarlierTimeMovesTheTimer() {
        timer.cover(20);
        timer.cover(30);
        assertEquals(List.of(20L), clock.set());
        timer.cover(10);
        assertEquals(List.of(10L), clock.set());
        assertTrue(timer.covers(10));
        assertFalse(timer.covers(9));
    }

    @Test
    void nothingIsSetWithoutNeed() {
        needed = false;
        timer.cover(20);
        assertEquals(List.of(), clock.set());
    }

    @Test
    void timerIsClearWhenItsActionRuns() {
        timer.cover(20);
        clock.run(0);
        assertEquals(1, expired);
        assertFalse(timer.covers(20));
        timer.cover(20);
        assertTrue(timer.covers(20));
    }

    @Test
    void replacedTimerThatRunsLateIsIgnored() {
        timer.cover(20);
        timer.cover(10);
        clock.run(0);
        assertEquals(0, expired);
        assertTrue(timer.covers(10));
        clock.run(1);
        assertEquals(1, expired);
    }

    @Test
    void clearedTimerThatRunsLateIsIgnored() {
        timer.cover(20);
        timer.clear();
        clock.run(0);
        assertEquals(0, expired);
        assertEquals(List.of(), clock.set());
    }

    @Test
    void timerStaysWhileItIsNeeded() {
        timer.cover(20);
        timer.clearIfUnneeded();
        assertTrue(timer.covers(20));
        needed = false;
        timer.clearIfUnneeded();
        assertFalse(timer.covers(20));
        assertEquals(List.of(), clock.set());
    }

    /** Whatever waits for the later time is still served. */
    @Test
    void clockThatFailsLeavesTheTimerForTheLaterTime() {
        timer.cover(20);
        clock.fails = true;
        assertThrows(IllegalStateException.class, () -> timer.cover(10));
        assertTrue(timer.covers(20));
        clock.run(0);
        assertEquals(1, expired);
    }

    @Test
    void timerThatCannotBeCancelledIsIgnoredWhenItRuns() {
        timer.cover(20);
        clock.fails = true;
        timer.clear();
        assertFalse(timer.covers(20));
        clock.run(0);
        assertEquals(0, expired);
    }
}
