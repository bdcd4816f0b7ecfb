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

/** A deadline that is moved: the last setting counts. */
class DeadlineMoveTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);
    private static final int ROUNDS = 200;

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final Deadline deadline = tree.deadline(SECOND);

    private void pass(Duration time) {
        tree.clock().advance(time);
    }

    @Test
    void movedLaterItRunsOutLater() {
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.run(() -> {
                            deadline.moveTo(MINUTE);
                            pass(MINUTE.minusNanos(1));
                            Task.checkCancelled();
                            pass(Duration.ofNanos(1));
                            TestTree.block();
                        }));
    }

    @Test
    void movedEarlierItRunsOutEarlier() {
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.run(() -> {
                            deadline.moveTo(Duration.ofNanos(5));
                            pass(Duration.ofNanos(4));
                            Task.checkCancelled();
                            pass(Duration.ofNanos(1));
                            TestTree.block();
                        }));
    }

    @Test
    void movedToNeverItDoesNotRunOutUntilItIsMovedBack() {
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.run(() -> {
                            deadline.moveTo(NEVER);
                            pass(Duration.ofDays(10_000));
                            Task.checkCancelled();
                            deadline.moveTo(SECOND);
                            pass(SECOND);
                            TestTree.block();
                        }));
    }

    @Test
    void movedToNowItCutsAtOnce() {
        for (Duration now : new Duration[] {Duration.ZERO, SECOND.negated(), NEVER.negated()}) {
            Deadline moved = tree.deadline(SECOND);
            assertThrows(
                    TimeoutException.class,
                    () ->
                            moved.run(() -> {
                                moved.moveTo(now);
                                assertTrue(Thread.currentThread().isInterrupted());
                                TestTree.block();
                            }));
        }
    }

    @Test
    void everyMoveLeavesOneTimer() throws Exception {
        deadline.run(() -> {
            for (int i = 1; i <= 100; i++) {
                deadline.moveTo(Duration.ofSeconds(i));
                assertEquals(1, tree.clock().timers());
            }
        });
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void codeThatWasCancelledStaysCut() {
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.run(() -> {
                            pass(SECOND);
                            deadline.moveTo(MINUTE);
                            assertFalse(deadline.isExpired());
                            TestTree.block();
                        }));
        assertEquals(MINUTE, deadline.remaining());
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void movedFromAnotherThreadItCutsTheOneThatWaits() throws Exception {
        var timedOut = new CountDownLatch(1);
        Thread waiting =
                Thread.startVirtualThread(() -> {
                    assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
                    timedOut.countDown();
                });
        TestTree.awaitParked(waiting);
        deadline.moveTo(MINUTE);
        pass(SECOND);
        TestTree.awaitParked(waiting);
        deadline.moveTo(Duration.ZERO);
        timedOut.await();
    }

    @Test
    void movedAfterItWasLeftItDoesNothing() throws Exception {
        deadline.run(() -> {});
        deadline.moveTo(Duration.ZERO);
        assertFalse(Thread.currentThread().isInterrupted());
        deadline.moveTo(MINUTE);
        pass(MINUTE);
        Task.checkCancelled();
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void movedBetweenCallsItCountsForTheNext() throws Exception {
        deadline.run(() -> {});
        deadline.moveTo(Duration.ZERO);
        assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
        deadline.moveTo(SECOND);
        deadline.run(Task::checkCancelled);
    }

    @Test
    void allThatAreInsideAreCancelled() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.FAIL_FAST);
        for (int i = 0; i < 20; i++) {
            TestTree.startParked(
                    group,
                    () ->
                            assertThrows(
                                    TimeoutException.class, () -> deadline.run(TestTree::block)));
        }
        deadline.moveTo(Duration.ZERO);
        group.await();
        group.close();
    }

    @Test
    void moveToLaterThatRacesTheExpirySavesTheCodeOrIsTooLate() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline racing = tree.deadline(SECOND);
            int turn = round;
            racing.<Exception>run(() -> {
                TestTree.race(turn, () -> racing.moveTo(MINUTE), () -> pass(SECOND));
                assertEquals(isCut(), Thread.currentThread().isInterrupted());
            });
            assertFalse(Thread.currentThread().isInterrupted(), "round " + round);
            assertEquals(0, tree.clock().timers(), "round " + round);
        }
    }

    @Test
    void movesThatRaceEachOtherLeaveOneOfTheirSettings() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline racing = tree.deadline(SECOND);
            int turn = round;
            racing.<Exception>run(() -> {
                TestTree.race(turn, () -> racing.moveTo(MINUTE), () -> racing.moveTo(NEVER));
                boolean never = racing.remaining().compareTo(MINUTE) > 0;
                pass(MINUTE);
                assertEquals(!never, isCut());
            });
        }
    }

    private static boolean isCut() {
        try {
            Task.checkCancelled();
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
