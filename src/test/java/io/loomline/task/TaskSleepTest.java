package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Sleeping by the clock of the runtime. */
class TaskSleepTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void sleepEndsWhenItsTimeHasComeAndNotEarlier() throws Exception {
        Task<Void> task = tree.root().start(() -> Task.sleep(SECOND));
        tree.clock().awaitTimers(1);
        tree.clock().advance(SECOND.minusNanos(1));
        assertEquals(1, tree.clock().timers());
        assertFalse(task.isDone());
        tree.clock().advance(Duration.ofNanos(1));
        task.join();
    }

    @Test
    void sleepersWakeInTheOrderOfTheirTimes() throws Exception {
        Queue<Integer> woken = new ConcurrentLinkedQueue<>();
        for (int seconds : new int[] {3, 1, 2}) {
            tree.root().start(() -> sleepAndRecord(seconds, woken));
        }
        for (int seconds = 1; seconds <= 3; seconds++) {
            tree.clock().awaitTimers(4 - seconds);
            tree.clock().advance(SECOND);
            int expected = seconds;
            TestTree.awaitTrue("woken " + seconds, () -> woken.size() == expected);
        }
        assertEquals("[1, 2, 3]", woken.toString());
    }

    private static void sleepAndRecord(int seconds, Queue<Integer> woken) throws Exception {
        Task.sleep(Duration.ofSeconds(seconds));
        woken.add(seconds);
    }

    @Test
    void sleepOfNoLengthReturnsAtOnce() throws Exception {
        tree.root()
                .start(() -> {
                    Task.sleep(Duration.ZERO);
                    Task.sleep(SECOND.negated());
                    Task.sleep(Duration.ofSeconds(Long.MIN_VALUE));
                })
                .join();
        Task.sleep(Duration.ZERO);
    }

    @Test
    void sleepWithoutEndIsCancelledLikeAnyOther() {
        Task<Void> task =
                TestTree.startParked(
                        tree.root(), () -> Task.sleep(Duration.ofSeconds(Long.MAX_VALUE)));
        task.cancel();
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void cutSleepLeavesNoTimer() throws Exception {
        Task<Void> task = tree.root().start(() -> Task.sleep(SECOND));
        tree.clock().awaitTimers(1);
        task.cancelAndJoin();
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void sleepOutsideOfTasksGoesByTheMachine() throws Exception {
        long before = System.nanoTime();
        Task.sleep(Duration.ofMillis(2));
        assertTrue(System.nanoTime() - before >= Duration.ofMillis(2).toNanos());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> Task.sleep(Duration.ofDays(1)));
    }

    @Test
    void durationMustBeThere() throws Exception {
        tree.root()
                .start(() -> assertThrows(NullPointerException.class, () -> Task.sleep(null)))
                .join();
    }

    @Test
    void cancelThatRacesTheTimerEndsTheSleepEitherWay() throws Exception {
        for (int round = 0; round < 200; round++) {
            Task<Void> task = tree.root().start(() -> Task.sleep(SECOND));
            tree.clock().awaitTimers(1);
            TestTree.race(round, () -> tree.clock().advance(SECOND), task::cancelAndJoin);
            assertTrue(task.isDone());
            tree.clock().awaitTimers(0);
        }
    }
}
