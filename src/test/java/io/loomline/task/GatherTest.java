package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Waiting for the results of several tasks or bodies as one. */
class GatherTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    private Task<Integer> failing(Exception failure) {
        return tree.root()
                .start(() -> {
                    throw failure;
                });
    }

    /** A task without a result of its own that waits until it is cancelled. */
    private Task<Integer> endless() {
        Task<Integer> task = tree.root().start(() -> blockForANumber());
        TestTree.awaitParked(task.thread());
        return task;
    }

    private static int blockForANumber() throws InterruptedException {
        TestTree.block();
        return 0;
    }

    @Test
    void resultsComeInTheOrderOfTheTasks() throws Exception {
        List<CountDownLatch> turns = new ArrayList<>();
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int result = i;
            var turn = new CountDownLatch(1);
            turns.add(turn);
            tasks.add(tree.root().start(() -> awaitAndReturn(turn, result)));
        }
        Task<List<Integer>> gathering = tree.root().start(() -> Tasks.gather(tasks));
        for (int i : new int[] {1, 0, 2}) {
            assertFalse(gathering.isDone());
            turns.get(i).countDown();
            tasks.get(i).join();
        }
        assertEquals(List.of(0, 1, 2), gathering.join());
    }

    private static int awaitAndReturn(CountDownLatch turn, int result) throws Exception {
        turn.await();
        return result;
    }

    @Test
    void resultsComeInTheOrderOfTheBodies() throws Exception {
        List<Callable<Integer>> bodies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int result = i;
            bodies.add(() -> result);
        }
        List<Integer> results = tree.root().gather(bodies);
        for (int i = 0; i < 100; i++) assertEquals(i, results.get(i));
    }

    @Test
    void gatherOfNothingReturnsAtOnce() throws Exception {
        assertEquals(List.of(), Tasks.gather(List.of()));
        assertEquals(List.of(), tree.root().gather(List.of()));
    }

    @Test
    void nullIsAResult() throws Exception {
        Callable<Object> nothing = () -> null;
        List<Object> results = tree.root().gather(List.of(nothing, nothing));
        assertEquals(2, results.size());
        assertNull(results.getFirst());
    }

    @Test
    void sameTaskMayStandInTheListTwice() throws Exception {
        Task<Integer> task = tree.root().start(() -> 7);
        assertEquals(List.of(7, 7), Tasks.gather(List.of(task, task)));
        assertEquals(List.of(7), Tasks.gather(List.of(task)));
    }

    @Test
    void firstFailureCancelsTheOthersAndIsThrownWhenTheyHaveEnded() {
        Task<Integer> other = endless();
        var failure = new IOException("on purpose");
        List<Task<Integer>> tasks = List.of(other, failing(failure));
        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        assertSame(failure, e.getCause());
        assertEquals(State.CANCELLED, other.state());
    }

    @Test
    void failureThatIsThereAlreadyIsThrown() {
        var failure = new IOException("on purpose");
        Task<Integer> failed = failing(failure);
        TestTree.awaitTrue("failed", failed::isDone);
        Task<Integer> other = endless();
        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(List.of(other, failed)));
        assertSame(failure, e.getCause());
        assertTrue(other.isDone());
    }

    @Test
    void laterFailureDoesNotReplaceTheFirst() {
        var late = new IOException("late");
        Task<Integer> failsLater =
                tree.root()
                        .start(() -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            throw late;
                        });
        TestTree.awaitParked(failsLater.thread());
        var first = new IOException("first");
        List<Task<Integer>> tasks = List.of(failsLater, endless(), failing(first));
        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        assertSame(first, e.getCause());
        assertSame(late, failsLater.exceptionNow());
    }

    @Test
    void cancelledTaskCancelsTheOthersAndIsThrown() {
        Task<Integer> cancelled = endless();
        Task<Integer> other = endless();
        cancelled.cancel("by hand");
        List<Task<Integer>> tasks = List.of(other, cancelled);
        var e = assertThrows(CancellationException.class, () -> Tasks.gather(tasks));
        assertTrue(e.getMessage().contains("by hand"), e.getMessage());
        assertTrue(other.isCancelled());
    }

    @Test
    void cancelOfTheCallerCancelsTheTasksAndWaitsForThem() {
        Task<Integer> first = endless();
        Task<Integer> second = endless();
        var wentOn = new AtomicBoolean();
        Task<Void> caller =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            Tasks.gather(List.of(first, second));
                            wentOn.set(true);
                        });
        caller.cancel();
        assertThrows(CancellationException.class, caller::join);
        assertTrue(first.isCancelled());
        assertTrue(second.isCancelled());
        assertFalse(wentOn.get());
    }

    @Test
    void callerThatIsCancelledAlreadyLeavesNoTaskRunning() {
        Task<Integer> task = endless();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> Tasks.gather(List.of(task)));
        assertTrue(task.isCancelled(), "the gathered task still runs");
    }

    @Test
    void callerThatIsCancelledAlreadyLeavesNoBodyRunning() {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        List<Callable<Integer>> bodies = List.of(() -> blockForANumber());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> group.gather(bodies));
        assertEquals(0, group.size(), "a body still runs");
        group.close();
    }

    @Test
    void missingBodyIsRefusedBeforeAnythingRuns() {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        List<Callable<Integer>> bodies = Arrays.asList(() -> blockForANumber(), null);
        assertThrows(NullPointerException.class, () -> group.gather(bodies));
        assertEquals(0, group.size(), "a body still runs");
        group.close();
    }

    @Test
    void gatherOfTheCallersOwnTaskIsRefused() {
        // outside the tree: if it is not refused, it never ends
        TaskGroup group = TaskGroup.root(GroupOptions.DEFAULT, tree.clock());
        var own = new AtomicReference<Task<Void>>();
        Task<Void> task =
                group.start(() -> {
                    TestTree.awaitTrue("known", () -> own.get() != null);
                    assertThrows(
                            IllegalStateException.class, () -> Tasks.gather(List.of(own.get())));
                });
        own.set(task);
        TestTree.awaitTrue("refused", task::isDone);
        assertEquals(State.SUCCESS, task.state());
    }

    @Test
    void failFastGroupThrowsTheFailureAndNotTheCancelThatItCaused() throws Exception {
        for (int round = 0; round < 200; round++) {
            TaskGroup group = tree.group(Policy.FAIL_FAST);
            Callable<Integer> fails = () -> Integer.parseInt("seven");
            Callable<Integer> waits = () -> blockForANumber();
            var e =
                    assertThrows(
                            ExecutionException.class,
                            () -> group.gather(List.of(waits, fails, waits)));
            assertTrue(e.getCause() instanceof NumberFormatException, "round " + round);
            group.close();
        }
    }

    @Test
    void failureIsThrownThoughItsCallbacksAreSlow() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var fail = new CountDownLatch(1);
        var callbackGoesOn = new CountDownLatch(1);
        Task<Integer> failing = group.start(() -> awaitAndFail(fail));
        failing.onDone(_ -> TestTree.awaitTrue("end", () -> callbackGoesOn.getCount() == 0));
        Task<Integer> other = group.start(() -> blockForANumber());
        Task<?> gathering = tree.root().start(() -> Tasks.gather(List.of(other, failing)));
        TestTree.awaitParked(gathering.thread());
        fail.countDown(); // the group cancels the other task, which ends first
        TestTree.awaitTrue("cut", () -> other.isDone() && failing.isDone());
        TestTree.awaitTrue("over", () -> gathering.isDone() || isParked(gathering));
        callbackGoesOn.countDown();
        var e = assertThrows(ExecutionException.class, gathering::join);
        assertTrue(e.getCause() instanceof ExecutionException, () -> "was " + e.getCause());
        group.close();
    }

    private static int awaitAndFail(CountDownLatch fail) throws Exception {
        fail.await();
        throw new IOException("on purpose");
    }

    private static boolean isParked(Task<?> task) {
        return task.thread().getState() == Thread.State.WAITING;
    }
}
