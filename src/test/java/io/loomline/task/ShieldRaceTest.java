package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;

/** A cancel, or an expiry, that meets the way into a shield or out of it. */
class ShieldRaceTest {
    private static final int ROUNDS = 200;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void cancelOfATaskIsNeverSeenInsideAndAlwaysAfterwards() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var running = new CountDownLatch(1);
            Task<Void> task = tree.root().start(() -> goInAndOutUntilCancelled(running));
            running.await();
            TestTree.race(round, task::cancel, () -> {});
            task.join();
        }
    }

    private static void goInAndOutUntilCancelled(CountDownLatch running)
            throws InterruptedException {
        running.countDown();
        boolean cancelled = false;
        while (!cancelled) {
            cancelled = Task.current().cancelReason().isPresent();
            Shield.run(HOUR, ShieldRaceTest::assertCalm);
            assertTrue(!cancelled || Thread.currentThread().isInterrupted());
        }
        assertThrows(InterruptedException.class, Task::checkCancelled);
    }

    private static void assertCalm() throws InterruptedException {
        assertFalse(Thread.currentThread().isInterrupted());
        Task.checkCancelled();
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void expiryThatRacesTheShieldLeavesNoInterruptBehind() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var clock = new ManualClock();
            Deadline deadline = Deadline.after(SECOND, clock);
            TestTree.race(round, () -> goThrough(deadline), () -> clock.advance(SECOND));
            assertFalse(Thread.interrupted(), "an interrupt was left behind");
        }
    }

    private static void goThrough(Deadline deadline) throws InterruptedException {
        try {
            deadline.run(() -> {
                Shield.run(HOUR, ShieldRaceTest::assertCalm);
                Task.checkCancelled();
            });
        } catch (TimeoutException e) {
            assertTrue(deadline.isExpired());
        }
    }

    @Test
    void boundThatPassesWhileItIsLeftLeavesNoInterruptBehind() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> task = tree.root().start(ShieldRaceTest::goThroughBriefShields);
            TestTree.race(round, () -> tree.clock().advance(SECOND), task::join);
        }
    }

    private static void goThroughBriefShields() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            Shield.run(SECOND, ShieldRaceTest::assertCalm);
            assertCalm();
        }
    }

    @Test
    void blockedShieldIsCancelledWhetherBoundOrCancelComesFirst() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> task =
                    TestTree.startParked(
                            tree.root(), () -> Shield.run(SECOND, () -> Task.sleep(HOUR)));
            TestTree.race(round, task::cancel, () -> tree.clock().advance(SECOND));
            TestTree.awaitTrue("cut", task::isCancelled);
        }
    }
}
