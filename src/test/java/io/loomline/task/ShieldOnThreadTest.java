package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A shield on a thread that runs no task, and beside interrupts that are none of ours. */
class ShieldOnThreadTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualClock clock = new ManualClock();
    private final Deadline deadline = Deadline.after(SECOND, clock);

    @AfterEach
    void nothingIsLeft() {
        assertFalse(Thread.interrupted(), "an interrupt was left behind");
        assertEquals(0, clock.timers());
    }

    @Test
    void deadlineIsHiddenInsideAndSeenAgainAfterLeaving() {
        assertThrows(TimeoutException.class, () -> deadline.run(this::expireInsideAShield));
    }

    private void expireInsideAShield() throws InterruptedException {
        Shield.run(
                MINUTE,
                () -> {
                    clock.advance(SECOND);
                    assertFalse(Thread.currentThread().isInterrupted());
                    Task.checkCancelled();
                });
        assertTrue(Thread.currentThread().isInterrupted());
        Task.checkCancelled();
    }

    @Test
    void deadlineThatRanOutBeforeIsHiddenInside() throws Exception {
        String value =
                deadline.call(() -> {
                    clock.advance(SECOND);
                    assertTrue(Thread.currentThread().isInterrupted());
                    return Shield.call(MINUTE, ShieldOnThreadTest::blockBriefly);
                });
        assertEquals("value", value);
    }

    private static String blockBriefly() throws InterruptedException {
        assertFalse(Thread.currentThread().isInterrupted());
        Thread.ofVirtual().start(() -> {}).join(); // would throw if interrupted
        Task.checkCancelled();
        return "value";
    }

    @Test
    void shieldWithoutADeadlineIsNoMoreThanItsBody() throws Exception {
        assertEquals("value", Shield.call(MINUTE, ShieldOnThreadTest::blockBriefly));
    }

    @Test
    void interruptThatHasComeIsHiddenAndSetAgain() throws Exception {
        Thread.currentThread().interrupt();
        Shield.run(MINUTE, Task::checkCancelled);
        assertTrue(Thread.interrupted());
    }

    @Test
    void foreignInterruptInsideStaysAfterLeaving() throws Exception {
        Shield.run(MINUTE, () -> Thread.currentThread().interrupt());
        assertTrue(Thread.interrupted());
    }

    @Test
    void foreignInterruptBeforeTheDeadlineStaysThroughShieldAndDeadline() {
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.run(() -> {
                            Thread.currentThread().interrupt();
                            clock.advance(SECOND);
                            Shield.run(MINUTE, () -> {});
                            Task.checkCancelled();
                        }));
        assertTrue(Thread.interrupted());
    }

    @Test
    void taskInsideDoesNotHideWhatIsOutsideOfIt() throws Exception {
        try (var tree = TestTree.supervised()) {
            Task<Void> task = tree.root().start(ShieldOnThreadTest::shieldTwice);
            task.join();
        }
    }

    /** A thread of the task's own making is no part of the task, and shields for itself. */
    private static void shieldTwice() throws Exception {
        Task.current().cancel();
        var failure = new Throwable[1];
        Thread other =
                Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, e) -> failure[0] = e)
                        .start(() -> assertFalse(Thread.currentThread().isInterrupted()));
        Shield.run(MINUTE, other::join);
        assertEquals(null, failure[0]);
        assertThrows(InterruptedException.class, Task::checkCancelled);
    }
}
