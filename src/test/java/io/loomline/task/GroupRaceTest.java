package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.concurrent.Event;
import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** Groups that are started in, cancelled, failed and closed by several threads at once. */
class GroupRaceTest {
    private static final int ROUNDS = 200;

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void everyCloserWaits() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            Task<Void> task = group.start(TestTree::block);
            TestTree.Racer close =
                    () -> {
                        group.close();
                        assertTrue(task.isDone());
                    };
            TestTree.race(round, close, close);
        }
    }

    @Test
    void startThatRacesTheCloseIsRefusedOrEnds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            Queue<Task<Void>> started = new ConcurrentLinkedQueue<>();
            TestTree.race(
                    round, () -> closeAndCheck(group, started), () -> startMany(group, started));
            TestTree.assertNothingIsLeftIn(group);
            assertTrue(started.stream().allMatch(Task::isDone), "round " + round);
        }
    }

    private static void closeAndCheck(TaskGroup group, Queue<Task<Void>> started) {
        group.close();
        assertTrue(started.stream().allMatch(Task::isDone));
    }

    private static void startMany(TaskGroup group, Queue<Task<Void>> started) {
        try {
            for (int i = 0; i < 20; i++) started.add(group.start(TestTree::block));
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().contains("closed"));
        }
    }

    @Test
    void openThatRacesTheCloseIsRefusedOrClosed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            TestTree.race(round, group::close, () -> openOneWithATask(group));
            TestTree.assertNothingIsLeftIn(group);
        }
    }

    private static void openOneWithATask(TaskGroup group) {
        try {
            TaskGroup inner = group.child(GroupOptions.DEFAULT);
            inner.start(TestTree::block);
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().contains("closed"));
        }
    }

    @Test
    void startsThatRaceACancelAllEndCancelled() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            Queue<Task<Void>> started = new ConcurrentLinkedQueue<>();
            TestTree.race(round, group::cancel, () -> startMany(group, started));
            group.await();
            assertEquals(20, started.size());
            assertTrue(started.stream().allMatch(Task::isCancelled), "round " + round);
            group.close();
        }
    }

    @Test
    void ofFailuresThatRaceOneIsTheCauseAndTheOtherIsSuppressed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            var first = new IOException("first");
            var second = new IOException("second");
            var failFirst = failing(group, first);
            var failSecond = failing(group, second);
            TestTree.race(round, failFirst::countDown, failSecond::countDown);
            var e = assertThrows(ExecutionException.class, group::await);
            assertEquals(1, e.getSuppressed().length, "round " + round);
            assertEquals(Set.of(first, second), Set.of(e.getCause(), e.getSuppressed()[0]));
            group.close();
        }
    }

    /** Starts a task that fails on a signal, cancelled or not. */
    private static CountDownLatch failing(TaskGroup group, Exception failure) {
        var fail = new CountDownLatch(1);
        TestTree.startParked(
                group,
                () -> {
                    var signalled = new Event();
                    Thread.startVirtualThread(() -> awaitAndFire(fail, signalled));
                    signalled.awaitUninterruptibly();
                    throw failure;
                });
        return fail;
    }

    private static void awaitAndFire(CountDownLatch latch, Event event) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        event.fire();
    }

    @Test
    void cancelThatRacesAFailureHidesItNot() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            var failure = new IOException("on purpose");
            CountDownLatch fail = failing(group, failure);
            TestTree.race(round, fail::countDown, group::cancel);
            var e = assertThrows(ExecutionException.class, group::await);
            assertSame(failure, e.getCause());
            group.close();
        }
    }

    @Test
    void taskThatIsCancelledWhileItOpensAGroupLeavesNoTask() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Queue<Task<Void>> started = new ConcurrentLinkedQueue<>();
            Task<Void> opener = tree.root().start(() -> openAndAwait(started));
            for (int i = 0; i < round; i++) Thread.onSpinWait();
            opener.cancelAndJoin();
            assertTrue(started.stream().allMatch(Task::isDone), "round " + round);
        }
    }

    private void openAndAwait(Queue<Task<Void>> started) throws Exception {
        TaskGroup group = tree.root().open(GroupOptions.DEFAULT); // closed with the task
        for (int i = 0; i < 3; i++) started.add(group.start(TestTree::block));
        group.await();
    }
}
