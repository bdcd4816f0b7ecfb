package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/** Closing cancels the running tasks and waits for them; no task outlives its group. */
class GroupCloseTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    private TaskGroup openHere() {
        return tree.root().open(GroupOptions.DEFAULT);
    }

    @Test
    void closeCancelsAndWaits() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        List<Task<Void>> tasks = List.of(TestTree.blockedIn(group), TestTree.blockedIn(group));
        group.close();
        assertTrue(tasks.stream().allMatch(Task::isCancelled));
        assertTrue(tasks.getFirst().cancelReason().orElseThrow().contains("closed"));
    }

    @Test
    void closeWaitsForATaskThatDoesNotCare() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var end = new Semaphore(0);
        Task<Integer> stubborn = startStubborn(group, end);
        Task<Void> closer = TestTree.startParked(tree.root(), group::close);
        assertFalse(stubborn.isDone());
        assertFalse(closer.isDone());
        end.release();
        closer.join();
        assertEquals(7, stubborn.resultNow());
    }

    private static Task<Integer> startStubborn(TaskGroup group, Semaphore end) {
        Task<Integer> task =
                group.start(() -> {
                    end.acquireUninterruptibly();
                    return 7;
                });
        TestTree.awaitParked(task.thread());
        return task;
    }

    @Test
    void closeOfAnInterruptedThreadWaitsAndKeepsTheStatus() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var end = new Semaphore(0);
        Task<Integer> stubborn = startStubborn(group, end);
        var kept = new AtomicBoolean();
        Thread closer =
                Thread.ofPlatform()
                        .start(() -> {
                            Thread.currentThread().interrupt();
                            group.close();
                            kept.set(Thread.currentThread().isInterrupted());
                        });
        TestTree.awaitParked(closer);
        assertFalse(stubborn.isDone());
        end.release();
        closer.join();
        assertTrue(kept.get());
    }

    @Test
    void closeThatIsInterruptedMeanwhileWaitsAndKeepsTheStatus() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var end = new Semaphore(0);
        startStubborn(group, end);
        var kept = new AtomicBoolean();
        Thread closer =
                Thread.startVirtualThread(() -> {
                    group.close();
                    kept.set(Thread.currentThread().isInterrupted());
                });
        TestTree.awaitParked(closer);
        closer.interrupt();
        TestTree.awaitParked(closer);
        end.release();
        closer.join();
        assertTrue(kept.get());
    }

    @Test
    void closeInACancelledTaskWaitsAndTheCancelIsSeenAfterwards() throws Exception {
        var end = new Semaphore(0);
        var closing = new CountDownLatch(1);
        Task<Void> closer =
                tree.root()
                        .start(() -> {
                            TaskGroup group = openHere();
                            startStubborn(group, end);
                            closing.countDown();
                            group.close();
                            Task.checkCancelled();
                        });
        closing.await();
        TestTree.awaitParked(closer.thread());
        closer.cancel();
        assertFalse(closer.isDone());
        end.release();
        TestTree.awaitTrue("done", closer::isDone);
        assertEquals(State.CANCELLED, closer.state());
    }

    @Test
    void closedGroupStartsAndOpensNothing() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        group.close();
        var ran = new AtomicBoolean();
        var e = assertThrows(IllegalStateException.class, () -> group.start(() -> ran.set(true)));
        assertTrue(e.getMessage().contains("FAIL_FAST"), e.getMessage());
        assertThrows(IllegalStateException.class, () -> group.start("named", () -> 7));
        assertThrows(IllegalStateException.class, () -> group.gather(List.of(() -> 7)));
        assertThrows(IllegalStateException.class, () -> group.child(GroupOptions.DEFAULT));
        assertThrows(IllegalStateException.class, () -> group.open(GroupOptions.DEFAULT));
        TestTree.assertNothingIsLeftIn(group);
        assertFalse(ran.get());
    }

    @Test
    void closedGroupMayBeAwaitedAndClosedAgain() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        TestTree.blockedIn(group);
        group.close();
        group.await();
        group.close();
        group.cancel();
    }

    @Test
    void closedGroupStillThrowsItsFailure() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        Task<Integer> failing = group.start(() -> Integer.parseInt("seven"));
        assertThrows(ExecutionException.class, failing::join);
        group.close();
        assertThrows(ExecutionException.class, group::await);
    }

    @Test
    void groupThatEndedByItselfIsNotCancelledByItsClose() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        group.start(() -> 7).join();
        group.await();
        group.close();
        assertFalse(group.isCancelled());
    }

    @Test
    void closeFromInsideIsRefused() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        group.start(
                        () -> {
                            assertThrows(IllegalStateException.class, group::close);
                            assertThrows(IllegalStateException.class, tree.root()::close);
                            group.start(() -> 7).join();
                        })
                .join();
        group.close();
    }
}
