package io.loomline.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.task.TestTree;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The queue of timers, its cancelled ones, and its thread. */
class TimerThreadTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final TimerThread timers = new TimerThread("timers-of-a-test");

    private static Runnable inAnHour(TimerThread timers) {
        return timers.scheduleAt(timers.nanoTime() + HOUR, () -> {});
    }

    private static List<Runnable> inAnHour(TimerThread timers, int count) {
        List<Runnable> cancels = new ArrayList<>();
        for (int i = 0; i < count; i++) cancels.add(inAnHour(timers));
        return cancels;
    }

    private static Thread threadOf(TimerThread timers) {
        var thread = new CompletableFuture<Thread>();
        timers.scheduleAt(timers.nanoTime(), () -> thread.complete(Thread.currentThread()));
        return thread.join();
    }

    @Test
    void cancelledTimerReleasesItsActionWhileItIsInTheQueue() {
        Runnable other = inAnHour(timers);
        var captured = new WeakReference<>(new Object());
        Runnable cancel = timers.scheduleAt(timers.nanoTime() + HOUR, naming(captured.get()));
        cancel.run();
        TestTree.awaitTrue(
                "the action is collected",
                () -> {
                    System.gc();
                    return captured.get() == null;
                });
        cancel.run();
        other.run();
    }

    private static Runnable naming(Object captured) {
        return () -> assertFalse(captured.toString().isEmpty());
    }

    @Test
    void cancelledTimersLeaveTheQueueWhenTheyAreMoreThanThoseThatStay() throws Exception {
        List<Runnable> staying = inAnHour(timers, 10);
        inAnHour(timers, 10_000).forEach(Runnable::run);
        Eventually.holds(() -> timers.queueLength() < 2_000);
        Thread thread = threadOf(timers);
        staying.forEach(Runnable::run);
        TestTree.awaitTrue("the thread has ended", () -> !thread.isAlive());
    }

    @Test
    void timersThatStayRunInTheirOrderWhenOthersAreRemoved() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Runnable> cancels = new ArrayList<>();
        long at = timers.nanoTime() + Duration.ofMillis(30).toNanos();
        for (int i = 0; i < 40; i++) {
            int number = i;
            timers.scheduleAt(at + i % 7, () -> order.add(number));
            cancels.addAll(inAnHour(timers, 100));
        }
        cancels.forEach(Runnable::run);
        Eventually.holds(() -> order.size() == 40);
        List<Integer> expected = new ArrayList<>(order);
        expected.sort(Comparator.comparingInt((Integer i) -> i % 7).thenComparingInt(i -> i));
        assertEquals(expected, order);
    }

    @Test
    void interruptOfTheWaitingThreadChangesNothing() throws Exception {
        try (var log = new CapturedLog()) {
            Runnable far = inAnHour(timers);
            Thread thread = threadOf(timers);
            for (int i = 0; i < 10; i++) {
                TestTree.awaitParked(thread);
                thread.interrupt();
                Eventually.holds(() -> !thread.isInterrupted());
            }
            assertEquals(thread, threadOf(timers));
            far.run();
            assertEquals("", log.text());
        }
    }

    @Test
    void timerRunsOnceOrNotAtAllIfItIsCancelledMeanwhile() throws Exception {
        for (int round = 0; round < 300; round++) {
            var runs = new AtomicInteger();
            Runnable cancel = timers.scheduleAt(timers.nanoTime(), runs::incrementAndGet);
            cancel.run();
            int after = runs.get();
            var _ = threadOf(timers); // all that was due before has run
            assertTrue(runs.get() <= 1, "it ran more than once");
            if (after == 1) assertEquals(1, runs.get());
        }
    }

    /** The last cancel races the thread that decides how long it waits. */
    @Test
    @Tag("stress")
    void lastTimerLeavesTheQueueWheneverItIsCancelled() throws Exception {
        for (int round = 0; round < 20_000; round++) {
            Runnable cancel = inAnHour(timers);
            var ran = new AtomicInteger();
            timers.scheduleAt(timers.nanoTime(), ran::incrementAndGet);
            while (ran.get() == 0) Thread.onSpinWait();
            for (int spins = round % 64; spins > 0; spins--) Thread.onSpinWait();
            cancel.run();
            Eventually.holds(() -> timers.queueLength() == 0);
        }
    }
}
