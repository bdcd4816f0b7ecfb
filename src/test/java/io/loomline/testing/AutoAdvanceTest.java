package io.loomline.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.task.Deadline;
import io.loomline.task.Shield;
import io.loomline.task.Task;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** A clock that advances automatically: hours of waiting pass in a moment of real time. */
class AutoAdvanceTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualClock clock = new ManualClock();

    @AutoClose
    private final Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withClock(clock));

    private Duration now() {
        return Duration.ofNanos(clock.nanoTime());
    }

    @Test
    void nestedSleepsAndDeadlinesOfAnHourPass() throws Exception {
        try (var _ = clock.autoAdvance()) {
            Task<Void> task = runtime.start(AutoAdvanceTest::waitForAnHour);
            task.join();
        }
        assertEquals(HOUR, now());
        assertEquals(0, clock.timers());
    }

    private static void waitForAnHour() throws Exception {
        Deadline.after(HOUR.plus(MINUTE))
                .<Exception>run(() -> {
                    Task.sleep(MINUTE.multipliedBy(10));
                    assertThrows(TimeoutException.class, AutoAdvanceTest::exceedDeadline);
                    Shield.run(MINUTE, () -> Task.sleep(MINUTE.multipliedBy(20)));
                });
    }

    private static void exceedDeadline() throws InterruptedException, TimeoutException {
        Deadline.after(MINUTE.multipliedBy(30)).run(() -> Task.sleep(HOUR));
    }

    @Test
    void sleepersWakeInTheOrderOfTheirTimes() throws Exception {
        Task<Duration> late = runtime.start(() -> sleepAndReadClock(MINUTE.multipliedBy(3)));
        Task<Duration> early = runtime.start(() -> sleepAndReadClock(MINUTE));
        clock.awaitTimers(2); // on a busy machine, the clock might move between the two
        try (var _ = clock.autoAdvance()) {
            assertEquals(MINUTE, early.join());
            assertEquals(MINUTE.multipliedBy(3), late.join());
        }
    }

    private Duration sleepAndReadClock(Duration duration) throws InterruptedException {
        Task.sleep(duration);
        return now();
    }

    @Test
    void closeStopsTheClock() throws Exception {
        var clockThread = new CompletableFuture<Thread>();
        clock.schedule(MINUTE, () -> clockThread.complete(Thread.currentThread()));
        try (var _ = clock.autoAdvance()) {
            clockThread.join();
        }
        assertFalse(clockThread.join().isAlive());
        assertEquals(MINUTE, now());
    }

    @Test
    void closeByATimerStopsTheClock() {
        var clockThread = new CompletableFuture<Thread>();
        ManualClock.AutoAdvance advancing = clock.autoAdvance();
        clock.schedule(
                MINUTE,
                () -> {
                    advancing.close();
                    clockThread.complete(Thread.currentThread());
                });
        clock.schedule(HOUR, () -> {}).cancel();
        clockThread.join();
        advancing.close();
        assertFalse(clockThread.join().isAlive());
    }

    @Test
    void interruptDuringCloseIsKept() {
        ManualClock.AutoAdvance advancing = clock.autoAdvance();
        Thread.currentThread().interrupt();
        advancing.close();
        assertTrue(Thread.interrupted());
    }

    @Test
    void manualAndAutomaticAdvanceCanBeMixed() throws Exception {
        Task<Duration> sleeper = runtime.start(() -> sleepAndReadClock(HOUR));
        clock.awaitTimers(1);
        clock.advance(MINUTE);
        try (var _ = clock.autoAdvance()) {
            assertEquals(HOUR, sleeper.join());
        }
    }

    @Test
    void closeIsIdempotent() {
        ManualClock.AutoAdvance advancing = clock.autoAdvance();
        advancing.close();
        advancing.close();
        assertEquals(Duration.ZERO, now());
    }
}
