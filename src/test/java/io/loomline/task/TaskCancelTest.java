package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicBoolean;

/** Asking one task to end. */
class TaskCancelTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void onlyTheFirstCancelCounts() {
        Task<Void> task = tree.blocked();
        assertTrue(task.cancel("first"));
        assertFalse(task.cancel("second"));
        assertFalse(task.cancel());
        TestTree.awaitTrue("done", task::isDone);
        assertEquals(Optional.of("first"), task.cancelReason());
        assertFalse(task.cancel("third"));
        assertEquals(Optional.of("first"), task.cancelReason());
    }

    @Test
    void cancelOfAnEndedTaskDoesNothing() throws Exception {
        Task<Integer> task = tree.root().start(() -> 7);
        task.join();
        assertFalse(task.cancel());
        assertEquals(State.SUCCESS, task.state());
        assertEquals(Optional.empty(), task.cancelReason());
    }

    @Test
    void reasonMustBeThere() {
        Task<Void> task = tree.blocked();
        assertThrows(NullPointerException.class, () -> task.cancel(null));
        assertEquals(Optional.empty(), task.cancelReason());
        assertEquals(State.RUNNING, task.state());
    }

    @Test
    void reasonIsInEveryExceptionOfTheCancel() {
        var seen = new CountDownLatch(1);
        Task<Void> task =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            var e = assertThrows(InterruptedException.class, Task::checkCancelled);
                            assertTrue(e.getMessage().contains("no bread"), e.getMessage());
                            seen.countDown();
                            throw e;
                        });
        task.cancel("no bread");
        assertEquals(Optional.of("no bread"), task.cancelReason());
        var e = assertThrows(CancellationException.class, task::join);
        assertTrue(e.getMessage().contains("no bread"), e.getMessage());
        assertEquals(0, seen.getCount());
    }

    @Test
    void siblingsAndLaterTasksAreUnaffected() throws Exception {
        Task<Void> cancelled = tree.blocked();
        Task<Void> sibling = tree.blocked();
        cancelled.cancelAndJoin();
        assertEquals(7, tree.root().start(() -> 7).join());
        assertEquals(State.RUNNING, sibling.state());
        assertFalse(tree.root().isCancelled());
    }

    @Test
    void taskOfACancelledGroupNeverRuns() throws Exception {
        var ran = new AtomicBoolean();
        tree.root().cancel("closing time");
        Task<Void> task = tree.root().start(() -> ran.set(true));
        assertThrows(CancellationException.class, task::join);
        assertTrue(task.isCancelled());
        assertEquals(Optional.of("closing time"), task.cancelReason());
        assertFalse(ran.get());
    }

    @Test
    void taskThatNeverRanNotifiesCallbacksAndJoiners() throws Exception {
        var told = new AtomicBoolean();
        tree.root().cancel();
        Task<Integer> task = tree.root().start(() -> 7);
        task.onDone(_ -> told.set(true));
        task.cancelAndJoin();
        tree.root().await();
        assertTrue(told.get());
    }

    @Test
    void cancelOfItselfIsSeenByTheNextCall() {
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            assertTrue(Task.current().cancel("myself"));
                            assertTrue(Thread.currentThread().isInterrupted());
                            Task.checkCancelled();
                        });
        assertThrows(CancellationException.class, task::join);
        assertEquals(Optional.of("myself"), task.cancelReason());
    }

    @Test
    void cancelFromAChildReachesItsParentAndItself() {
        Task<Void> parent =
                tree.root()
                        .start(() -> {
                            Task<?> self = Task.current();
                            try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
                                group.start(() -> {
                                    self.cancel("by the child");
                                    TestTree.block();
                                });
                                group.await();
                            }
                            Task.checkCancelled();
                        });
        assertThrows(CancellationException.class, parent::join);
        assertEquals(Optional.of("by the child"), parent.cancelReason());
    }

    @Test
    void cancelFromACallbackReachesAnotherTask() {
        Task<Void> other = tree.blocked();
        tree.root().start(() -> {}).onDone(_ -> other.cancel("by a callback"));
        assertThrows(CancellationException.class, other::join);
        assertEquals(Optional.of("by a callback"), other.cancelReason());
    }

    @Test
    void cancelFromItsOwnCallbackComesTooLate() throws Exception {
        var asked = new AtomicBoolean(true);
        Task<Integer> task = tree.root().start(() -> 7);
        task.onDone(t -> asked.set(t.cancel()));
        tree.root().await();
        assertFalse(asked.get());
        assertEquals(7, task.join());
    }

    @Test
    void cancelOutOfACancelIsNoDeadlock() throws Exception {
        Task<Void> second = tree.blocked();
        Task<Void> first =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            second.cancel("passed on");
                            tree.root().cancel("to all");
                        });
        first.cancel("starts it");
        first.join();
        assertThrows(CancellationException.class, second::join);
        assertEquals(Optional.of("passed on"), second.cancelReason());
        assertTrue(tree.root().isCancelled());
    }
}
