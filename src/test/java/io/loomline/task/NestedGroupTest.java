package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicReference;

/** Groups inside groups and inside tasks: which cancels and failures pass from one to another. */
class NestedGroupTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    private TaskGroup openHere() {
        return tree.root().open(GroupOptions.DEFAULT);
    }

    @Test
    void cancelReachesEverythingBeneath() throws Exception {
        List<Task<Void>> leaves = new ArrayList<>();
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        for (int i = 0; i < 3; i++) {
            TaskGroup inner = outer.child(GroupOptions.DEFAULT);
            leaves.add(TestTree.blockedIn(inner));
            leaves.add(TestTree.blockedIn(inner.child(GroupOptions.DEFAULT)));
        }
        outer.cancel("from the top");
        outer.await();
        assertTrue(leaves.stream().allMatch(Task::isCancelled));
        assertEquals("from the top", leaves.getLast().cancelReason().orElseThrow());
        outer.close();
    }

    @Test
    void cancelReachesNothingAbove() throws Exception {
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        Task<Void> above = TestTree.blockedIn(outer);
        TaskGroup inner = outer.child(GroupOptions.DEFAULT);
        Task<Void> below = TestTree.blockedIn(inner);
        inner.cancel();
        inner.await();
        assertTrue(below.isCancelled());
        assertEquals(State.RUNNING, above.state());
        assertFalse(outer.isCancelled());
        outer.close();
    }

    @Test
    void groupOpenedUnderACancelIsCancelled() {
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        outer.cancel("closing time");
        TaskGroup inner = outer.child(GroupOptions.DEFAULT);
        assertTrue(inner.isCancelled());
        Task<Integer> task = inner.start(() -> 7);
        TestTree.awaitTrue("done", task::isDone);
        assertEquals("closing time", task.cancelReason().orElseThrow());
        outer.close();
    }

    @Test
    void failureStaysInItsGroup() throws Exception {
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        Task<Void> above = TestTree.blockedIn(outer);
        TaskGroup inner = outer.child(GroupOptions.DEFAULT);
        inner.start(() -> Integer.parseInt("seven"));
        assertThrows(ExecutionException.class, inner::await);
        assertFalse(outer.isCancelled());
        inner.close();
        above.cancel();
        outer.await();
        outer.close();
    }

    @Test
    void failureAboveCancelsWhatIsBelow() {
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        Task<Void> below = TestTree.blockedIn(outer.child(GroupOptions.DEFAULT));
        var failure = new IOException("on purpose");
        outer.start(() -> {
            throw failure;
        });
        var e = assertThrows(ExecutionException.class, outer::await);
        assertSame(failure, e.getCause());
        assertTrue(below.isCancelled());
        outer.close();
    }

    @Test
    void failureThatTheOpenerRethrowsClimbs() {
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        var failure = new IOException("on purpose");
        outer.start(() -> {
            try (TaskGroup inner = openHere()) {
                inner.start(() -> {
                    throw failure;
                });
                inner.await();
            }
        });
        var e = assertThrows(ExecutionException.class, outer::await);
        assertSame(failure, e.getCause().getCause());
        outer.close();
    }

    @Test
    void awaitAndCloseOfTheOuterWaitForTheInner() throws Exception {
        TaskGroup outer = tree.group(Policy.FAIL_FAST);
        TaskGroup inner = outer.child(GroupOptions.DEFAULT);
        Task<Void> below = TestTree.blockedIn(inner);
        Task<Void> waiter = TestTree.startParked(tree.root(), outer::await);
        below.cancel();
        waiter.join();
        Task<Void> another = TestTree.blockedIn(inner);
        outer.close();
        assertTrue(another.isCancelled());
        assertThrows(IllegalStateException.class, () -> inner.start(() -> 7));
    }

    @Test
    void groupOpenedInATaskIsCancelledWithIt() throws Exception {
        var below = new AtomicReference<Task<Void>>();
        Task<Void> opener =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            try (TaskGroup group = openHere()) {
                                below.set(TestTree.blockedIn(group));
                                group.await();
                            }
                        });
        TestTree.awaitTrue("runs", () -> below.get() != null);
        opener.cancel("from the top");
        opener.cancelAndJoin();
        assertEquals("from the top", below.get().cancelReason().orElseThrow());
    }

    @Test
    void groupOpenedInADeadlineIsCancelledByItsExpiry() throws Exception {
        tree.root()
                .start(() -> {
                    TaskGroup group =
                            tree.deadline(Duration.ofSeconds(1)).call(() -> expiringHere());
                    assertFalse(Thread.currentThread().isInterrupted());
                    assertTrue(group.isCancelled(), "cut code stays cut");
                })
                .join();
    }

    private TaskGroup expiringHere() {
        TaskGroup group = openHere();
        Task<Void> below = TestTree.blockedIn(group);
        tree.clock().advance(Duration.ofSeconds(1));
        TestTree.awaitTrue("done", below::isDone);
        assertTrue(below.isCancelled());
        return group;
    }

    @Test
    void groupOpenedInADeadlineThatWasLeftInTimeGoesOn() throws Exception {
        tree.root()
                .start(() -> {
                    Deadline deadline = tree.deadline(Duration.ofSeconds(1));
                    TaskGroup group = deadline.call(this::openHere);
                    Task<Void> below = TestTree.blockedIn(group);
                    tree.clock().advance(Duration.ofHours(1));
                    deadline.moveTo(Duration.ZERO);
                    assertFalse(group.isCancelled());
                    assertEquals(State.RUNNING, below.state());
                })
                .join();
    }

    @Test
    void groupOpenedOutsideOfTheTreesTasksBelongsToItsOpenersGroup() throws Exception {
        TaskGroup other = TaskGroup.root(GroupOptions.DEFAULT, tree.clock());
        TaskGroup opened = other.start(() -> openHere()).join();
        other.close();
        assertFalse(opened.isCancelled());
        assertEquals(7, opened.start(() -> 7).join());
        opened.close();
    }

    @Test
    void chainOfTasksInTasksIsCancelledToItsEnd() throws Exception {
        var deepest = new CountDownLatch(1);
        Task<Void> top = tree.root().start(() -> deeper(300, deepest));
        deepest.await();
        top.cancelAndJoin();
        assertEquals(State.CANCELLED, top.state());
        assertEquals(0, tree.root().size());
    }

    private void deeper(int levels, CountDownLatch deepest) throws Exception {
        if (levels == 0) {
            deepest.countDown();
            TestTree.block();
        }
        openHere().start(() -> deeper(levels - 1, deepest)).join();
    }
}
