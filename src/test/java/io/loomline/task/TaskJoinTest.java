package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** Waiting for one task. */
class TaskJoinTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void everyJoinerGetsTheSameResult() throws Exception {
        var go = new CountDownLatch(1);
        Task<Object> target =
                tree.root()
                        .start(() -> {
                            go.await();
                            return new Object();
                        });
        List<Task<Object>> joiners = new ArrayList<>();
        for (int i = 0; i < 100; i++) joiners.add(tree.root().start(() -> target.join()));
        go.countDown();
        Object result = target.join();
        for (Task<Object> joiner : joiners) assertSame(result, joiner.join());
    }

    @Test
    void joinOfACancelledTaskReturnsOnlyWhenItsBodyHas() throws Exception {
        var cleanedUp = new CountDownLatch(1);
        Task<Void> target =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            cleanedUp.await();
                        });
        target.cancel();
        TestTree.awaitParked(target.thread());
        Task<Void> joiner = TestTree.startParked(tree.root(), target::cancelAndJoin);
        assertFalse(joiner.isDone());
        cleanedUp.countDown();
        joiner.join();
        assertTrue(target.isDone());
    }

    @Test
    void cancelAndJoinReturnsHoweverTheTaskEnded() throws Exception {
        Task<Void> gaveUp = tree.blocked();
        Task<Integer> wentOn = stubborn(() -> 7);
        Task<Integer> failed = stubborn(() -> Integer.parseInt("seven"));
        Task<Void> ended = tree.root().start(() -> {});
        ended.join();
        for (Task<?> task : List.of(gaveUp, wentOn, failed, ended)) task.cancelAndJoin();
        assertEquals(
                List.of(State.CANCELLED, State.SUCCESS, State.FAILED, State.SUCCESS),
                List.of(gaveUp.state(), wentOn.state(), failed.state(), ended.state()));
        assertTrue(failed.exceptionNow() instanceof NumberFormatException);
    }

    private <T> Task<T> stubborn(java.util.concurrent.Callable<T> rest) {
        Task<T> task =
                tree.root()
                        .start(() -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            return rest.call();
                        });
        TestTree.awaitParked(task.thread());
        return task;
    }

    @Test
    void joinOfItselfIsRefused() throws Exception {
        tree.root()
                .start(() -> {
                    Task<?> self = Task.current();
                    assertThrows(IllegalStateException.class, self::join);
                    assertThrows(IllegalStateException.class, () -> self.join(SECOND));
                    assertThrows(IllegalStateException.class, self::get);
                    assertThrows(IllegalStateException.class, () -> self.get(1, TimeUnit.SECONDS));
                    assertThrows(
                            IllegalStateException.class,
                            () -> tree.deadline(SECOND).call(self::join));
                })
                .join();
    }

    @Test
    void refusedCancelAndJoinCancelsNothing() throws Exception {
        tree.root()
                .start(() -> {
                    Task<?> self = Task.current();
                    assertThrows(IllegalStateException.class, self::cancelAndJoin);
                    assertTrue(self.cancelReason().isEmpty());
                    Task.checkCancelled();
                })
                .join();
    }

    @Test
    void joinOfAnAncestorIsRefused() throws Exception {
        tree.root().start(() -> inChildOf(Task.current(), () -> {})).join();
    }

    @Test
    void joinOfARemoteAncestorIsRefused() throws Exception {
        tree.root()
                .start(() -> {
                    Task<?> ancestor = Task.current();
                    inChildOf(ancestor, () -> inChildOf(ancestor, () -> {}));
                })
                .join();
    }

    /** In a child of the calling task: finds that it cannot join the ancestor, and goes on. */
    private void inChildOf(Task<?> ancestor, TaskBody rest) throws Exception {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            group.start(() -> {
                assertThrows(IllegalStateException.class, ancestor::join);
                assertThrows(IllegalStateException.class, () -> ancestor.join(SECOND));
                rest.run();
            });
            group.await();
        }
    }

    @Test
    void refusalNamesTheGroupAndTheCaller() {
        var message = new AtomicReference<String>("");
        Task<Void> task =
                tree.root()
                        .start(
                                "waiter",
                                () ->
                                        message.set(
                                                assertThrows(
                                                                IllegalStateException.class,
                                                                Task.current()::join)
                                                        .getMessage()));
        TestTree.awaitTrue("done", task::isDone);
        assertTrue(message.get().contains("waiter"), message.get());
    }

    @Test
    void siblingsAndChildrenMayBeJoined() throws Exception {
        Task<String> first = tree.root().start(() -> "first");
        Task<String> second = tree.root().start(() -> first.join() + " second");
        assertEquals("first second", second.join());
        Task<String> parent =
                tree.root()
                        .start(() -> {
                            try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
                                return group.start(() -> "child").join();
                            }
                        });
        assertEquals("child", parent.join());
    }

    @Test
    void timeoutTouchesNeitherTaskNorClock() throws Exception {
        Task<Void> target = tree.blocked();
        Task<Void> joiner = tree.root().start(() -> target.join(SECOND));
        tree.clock().awaitTimers(1);
        tree.clock().advance(SECOND);
        var e = assertThrows(ExecutionException.class, joiner::join);
        assertTrue(e.getCause() instanceof TimeoutException, () -> "" + e.getCause());
        assertEquals(State.RUNNING, target.state());
        assertTrue(target.cancelReason().isEmpty());
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void resultThatComesInTimeIsReturned() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> target =
                tree.root()
                        .start(() -> {
                            go.await();
                            return 7;
                        });
        Task<Integer> joiner = tree.root().start(() -> target.join(SECOND));
        tree.clock().awaitTimers(1);
        go.countDown();
        assertEquals(7, joiner.join());
        tree.clock().awaitTimers(0);
    }

    @Test
    void timeoutOfZeroReturnsWhatIsThere() throws Exception {
        Task<Integer> done = tree.root().start(() -> 7);
        done.join();
        assertEquals(7, done.join(Duration.ZERO));
        assertEquals(7, done.join(Duration.ofSeconds(Long.MIN_VALUE)));
        Task<Void> running = tree.blocked();
        assertThrows(TimeoutException.class, () -> running.join(Duration.ZERO));
        assertThrows(TimeoutException.class, () -> running.join(SECOND.negated()));
    }

    @Test
    void cancelOfTheJoinerLeavesTheTaskAlone() {
        Task<Void> target = tree.blocked();
        Task<Void> joiner = TestTree.startParked(tree.root(), target::join);
        joiner.cancel();
        TestTree.awaitTrue("done", joiner::isDone);
        assertTrue(joiner.isCancelled());
        assertEquals(State.RUNNING, target.state());
    }

    @Test
    void interruptOutsideOfTasksEndsTheJoinOnly() {
        Task<Void> target = tree.blocked();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, target::join);
        assertFalse(Thread.currentThread().isInterrupted());
        assertEquals(State.RUNNING, target.state());
    }

    @Test
    void interruptPrecedesAnAvailableResult() throws Exception {
        Task<Integer> done = tree.root().start(() -> 7);
        done.join();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, done::join);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> done.join(SECOND));
        assertEquals(7, done.join());
    }

    @Test
    void joinsOfAForeignGroupsTasks() throws Exception {
        TaskGroup other = tree.group(Policy.FAIL_FAST);
        Task<Integer> target = other.start(() -> 7);
        assertEquals(7, tree.root().start(() -> target.join(SECOND)).join());
        other.close();
    }
}
