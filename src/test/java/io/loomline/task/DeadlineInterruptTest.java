package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;

/**
 * A deadline takes its own interrupt back when it is left, however the expiry met the end of the
 * body, and leaves alone the interrupts that others sent.
 */
class DeadlineInterruptTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int ROUNDS = 200;

    @AutoClose private final TestTree tree = TestTree.supervised();

    private void expire() {
        tree.clock().advance(SECOND);
    }

    @Test
    void expiryThatRacesAReturningBodyLeavesNoInterrupt() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline deadline = tree.deadline(SECOND);
            TestTree.race(round, () -> assertEquals(7, deadline.call(() -> 7)), this::expire);
            assertNothingStale(round);
        }
    }

    @Test
    void expiryThatRacesABlockedBodyCutsIt() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline deadline = tree.deadline(SECOND);
            TestTree.race(
                    round,
                    () -> assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block)),
                    this::expire);
            assertNothingStale(round);
        }
    }

    @Test
    void expiryThatRacesWhatTheBodyWaitsForEndsItEitherWay() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline deadline = tree.deadline(SECOND);
            var come = new CountDownLatch(1);
            Task<Void> task = tree.root().start(() -> awaitOrTimeOut(deadline, come));
            tree.clock().awaitTimers(1);
            TestTree.race(round, come::countDown, this::expire);
            task.join();
            assertNothingStale(round);
        }
    }

    /** Throws if an interrupt was left behind, because no code may interrupt this wait. */
    private static void awaitOrTimeOut(Deadline deadline, CountDownLatch come) throws Exception {
        try {
            deadline.run(come::await);
        } catch (TimeoutException e) {
            assertTrue(deadline.isExpired());
        }
        come.await();
        Task.checkCancelled();
    }

    @Test
    void nestedExpiriesThatRaceTheBodyLeaveNoInterrupt() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline outer = tree.deadline(SECOND);
            Deadline inner = tree.deadline(SECOND);
            TestTree.race(
                    round,
                    () -> assertEquals(7, outer.call(() -> inner.call(() -> 7))),
                    this::expire);
            assertNothingStale(round);
        }
    }

    private void assertNothingStale(int round) throws InterruptedException {
        assertFalse(Thread.currentThread().isInterrupted(), "round " + round);
        Task.checkCancelled();
        assertEquals(0, tree.clock().timers(), "round " + round);
    }

    @Test
    void cancelThatRacesTheExpiryIsSeenAfterwards() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline deadline = tree.deadline(SECOND);
            Task<Void> task = tree.root().start(() -> blockIn(deadline));
            tree.clock().awaitTimers(1);
            TestTree.race(round, this::expire, task::cancelAndJoin);
            assertTrue(task.isCancelled(), "round " + round + ": " + task);
        }
    }

    private static void blockIn(Deadline deadline) throws Exception {
        try {
            deadline.run(TestTree::block);
        } catch (TimeoutException e) {
            TestTree.block();
        }
    }

    @Test
    void interruptFromBeforeIsLeftAloneInTime() throws Exception {
        Thread.currentThread().interrupt();
        tree.deadline(SECOND).run(() -> {});
        assertTrue(Thread.interrupted());
    }

    @Test
    void earlierInterruptStaysThoughTheDeadlineHadExpired() throws Exception {
        Thread.currentThread().interrupt();
        assertEquals(7, tree.deadline(Duration.ZERO).call(() -> 7));
        assertTrue(Thread.interrupted());
    }

    @Test
    void interruptFromBeforeOutlivesTheTimeout() {
        Thread.currentThread().interrupt();
        Deadline over = tree.deadline(Duration.ZERO);
        assertThrows(TimeoutException.class, () -> over.run(TestTree::block));
        assertTrue(Thread.interrupted());
    }

    @Test
    void interruptInTheBodyBeforeTheExpiryIsLeftAlone() throws Exception {
        tree.deadline(SECOND)
                .run(() -> {
                    Thread.currentThread().interrupt();
                    expire();
                });
        assertTrue(Thread.interrupted());
    }

    @Test
    void interruptInTheBodyOutlivesNestedExpiries() throws Exception {
        Deadline outer = tree.deadline(SECOND);
        Deadline inner = tree.deadline(SECOND);
        outer.run(() -> {
            inner.run(() -> {
                Thread.currentThread().interrupt();
                expire();
            });
            assertTrue(Thread.currentThread().isInterrupted());
        });
        assertTrue(Thread.interrupted());
    }

    @Test
    void interruptOfAWaitPassesAsInterrupt() throws Exception {
        var passed = new CountDownLatch(1);
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            assertThrows(
                                    InterruptedException.class,
                                    () -> tree.deadline(SECOND).run(TestTree::block));
                            assertFalse(Thread.currentThread().isInterrupted());
                            passed.countDown();
                        });
        tree.clock().awaitTimers(1);
        TestTree.awaitParked(thread);
        thread.interrupt();
        thread.join();
        assertEquals(0, passed.getCount());
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void interruptThatALoomlineCallHasClearedPassesThoughTheDeadlineExpires() {
        Deadline deadline = tree.deadline(SECOND);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> deadline.run(this::passOnAfterExpiry));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    /** Is interrupted from outside before the deadline, and returns after it. */
    private void passOnAfterExpiry() throws InterruptedException {
        try {
            Task.checkCancelled();
        } finally {
            expire();
        }
    }

    @Test
    void cancelledTaskHasItsStatusSetWhenItLeaves() throws Exception {
        tree.root()
                .start(() -> {
                    Task.current().cancel();
                    tree.deadline(SECOND)
                            .run(() -> assertThrows(InterruptedException.class, TestTree::block));
                    assertTrue(Thread.currentThread().isInterrupted());
                    assertThrows(InterruptedException.class, TestTree::block);
                })
                .join();
    }
}
