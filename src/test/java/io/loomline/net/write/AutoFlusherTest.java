package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.Clock;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The slots of outputs with unsent bytes. */
class AutoFlusherTest {
    private static final Duration INTERVAL = Duration.ofNanos(500_000);

    /** More than there are slots. */
    private static final int MANY = 1_000;

    private static final class Bytes implements AutoFlusher.Unsent {
        private boolean empty;
        private boolean seen;
        private int sends;

        @Override
        public boolean isEmpty() {
            return empty;
        }

        @Override
        public boolean recordScan() {
            boolean before = seen;
            seen = true;
            return before;
        }

        @Override
        public void sendInBackground() {
            sends++;
        }

        @Override
        public void forget() {}
    }

    private final ManualClock clock = new ManualClock();
    private final AutoFlusher flusher = new AutoFlusher(clock);

    @Test
    void bytesFoundByTwoScansAreSentAndTheirSlotIsFreed() {
        var bytes = new Bytes();
        assertTrue(flusher.watch(bytes));
        clock.advance(INTERVAL);
        assertEquals(0, bytes.sends);
        clock.advance(INTERVAL);
        assertEquals(1, bytes.sends);
        assertEquals(0, clock.timers());
        clock.advance(INTERVAL);
        assertEquals(1, bytes.sends);
    }

    @Test
    void outputIsRefusedWhileNoSlotIsFree() {
        List<Bytes> watched = watchMany();
        assertTrue(watched.size() < MANY);
        watched.forEach(flusher::unwatch);
        assertEquals(watched, watched.stream().filter(flusher::watch).toList());
    }

    @Test
    void slotIsFreedWhenAScanFindsItsOutputEmpty() {
        List<Bytes> watched = watchMany();
        for (Bytes bytes : watched) bytes.empty = true;
        clock.advance(INTERVAL);
        assertFalse(watchMany().isEmpty());
        assertEquals(0, watched.stream().mapToInt(bytes -> bytes.sends).sum());
    }

    private List<Bytes> watchMany() {
        List<Bytes> watched = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            var bytes = new Bytes();
            if (flusher.watch(bytes)) watched.add(bytes);
        }
        return watched;
    }

    @Test
    void nextOutputSchedulesTheScanThatCouldNotBeScheduled() {
        var failing = new FailingClock(clock);
        var flusher = new AutoFlusher(failing);
        var bytes = new Bytes();
        failing.failures = 1;
        assertThrows(IllegalStateException.class, () -> flusher.watch(bytes));
        assertTrue(flusher.watch(bytes));
        clock.advance(INTERVAL.multipliedBy(2));
        assertEquals(1, bytes.sends);
    }

    @Test
    void scansContinueAfterOneThatCouldNotBeScheduled() {
        var failing = new FailingClock(clock);
        var flusher = new AutoFlusher(failing);
        var bytes = new Bytes();
        assertTrue(flusher.watch(bytes));
        failing.failures = 1;
        assertThrows(IllegalStateException.class, () -> clock.advance(INTERVAL));
        assertTrue(flusher.watch(bytes));
        clock.advance(INTERVAL);
        assertEquals(1, bytes.sends);
    }

    /** Fails the given number of times. */
    private static final class FailingClock implements Clock {
        private final Clock clock;
        private int failures;

        FailingClock(Clock clock) {
            this.clock = clock;
        }

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public Timer scheduleAt(long atNanos, Runnable action) {
            if (failures-- > 0) throw new IllegalStateException("no timer");
            return clock.scheduleAt(atNanos, action);
        }
    }
}
