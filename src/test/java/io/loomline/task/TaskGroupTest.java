package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Starting tasks in a group, counting them, and waiting for them. */
class TaskGroupTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.failFast();

    @Test
    void awaitOfAnEmptyGroupReturnsAtOnce() throws Exception {
        tree.root().await();
        tree.root().await(SECOND);
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void awaitReturnsWhenAllHaveEnded() throws Exception {
        var ended = new AtomicInteger();
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) tasks.add(tree.root().start(ended::incrementAndGet));
        tree.root().await();
        assertEquals(100, ended.get());
        assertTrue(tasks.stream().allMatch(Task::isDone));
        assertEquals(0, tree.root().size());
    }

    @Test
    void awaitWaitsForTasksThatAreStartedMeanwhile() throws Exception {
        var chain = new AtomicInteger();
        tree.root().start(() -> startNext(chain));
        tree.root().await();
        assertEquals(50, chain.get());
    }

    private void startNext(AtomicInteger chain) {
        if (chain.incrementAndGet() < 50) tree.root().start(() -> startNext(chain));
    }

    @Test
    void groupGoesOnAfterAnAwait() throws Exception {
        for (int i = 0; i < 3; i++) {
            Task<Integer> task = tree.root().start(() -> 7);
            tree.root().await();
            assertEquals(7, task.resultNow());
        }
    }

    @Test
    void severalThreadsMayAwait() throws Exception {
        Task<Void> task = tree.blocked();
        TaskGroup waiters = TaskGroup.root(GroupOptions.DEFAULT, tree.clock());
        for (int i = 0; i < 20; i++) TestTree.startParked(waiters, tree.root()::await);
        task.cancel();
        waiters.await();
        waiters.close();
    }

    @Test
    void awaitFromInsideIsRefused() throws Exception {
        tree.root()
                .start(
                        "waiter",
                        () -> {
                            TaskGroup root = tree.root();
                            var e = assertThrows(IllegalStateException.class, root::await);
                            assertTrue(e.getMessage().contains("waiter"), e.getMessage());
                            assertThrows(IllegalStateException.class, () -> root.await(SECOND));
                            assertThrows(
                                    IllegalStateException.class,
                                    () -> root.gather(List.of(() -> 1)));
                        })
                .join();
    }

    @Test
    void awaitWithTimeoutCancelsNothing() {
        Task<Void> task = tree.blocked();
        assertThrows(TimeoutException.class, () -> tree.root().await(Duration.ZERO));
        assertThrows(TimeoutException.class, () -> tree.root().await(SECOND.negated()));
        assertFalse(tree.root().isCancelled());
        assertEquals(Optional.empty(), task.cancelReason());
    }

    @Test
    void awaitWithTimeoutGoesByTheClockOfTheGroup() throws Exception {
        tree.blocked();
        var timedOut = new CountDownLatch(1);
        Thread waiter =
                Thread.startVirtualThread(() -> {
                    assertThrows(TimeoutException.class, () -> tree.root().await(SECOND));
                    timedOut.countDown();
                });
        tree.clock().awaitTimers(1);
        TestTree.awaitParked(waiter);
        tree.clock().advance(SECOND);
        timedOut.await();
    }

    @Test
    void awaitWithZeroTimeoutReturnsIfTheGroupIsEmpty() throws Exception {
        tree.root().start(() -> {}).join();
        tree.root().await();
        tree.root().await(Duration.ZERO);
        tree.root().await(SECOND.negated());
    }

    @Test
    void awaitWithoutTimeLeftThrowsTheFailureThatIsThere() {
        Task<Integer> task = tree.root().start(() -> Integer.parseInt("seven"));
        assertThrows(ExecutionException.class, task::join);
        assertThrows(ExecutionException.class, tree.root()::await);
        assertThrows(ExecutionException.class, () -> tree.root().await(Duration.ZERO));
    }

    @Test
    void interruptOfTheAwaitCancelsNothing() {
        tree.blocked();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, tree.root()::await);
        assertFalse(Thread.currentThread().isInterrupted());
        assertFalse(tree.root().isCancelled());
    }

    @Test
    void sizeAndTasksShowRunningTasks() throws Exception {
        Task<Void> first = tree.blocked();
        Task<Void> second = tree.blocked();
        assertEquals(2, tree.root().size());
        assertEquals(Set.of(first, second), Set.copyOf(tree.root().tasks()));
        first.cancelAndJoin();
        assertEquals(1, tree.root().size());
        assertEquals(List.of(second), tree.root().tasks());
    }

    @Test
    void tasksIsASnapshot() throws Exception {
        Task<Void> task = tree.blocked();
        List<Task<?>> snapshot = tree.root().tasks();
        task.cancelAndJoin();
        assertEquals(List.of(task), snapshot);
        assertThrows(UnsupportedOperationException.class, snapshot::clear);
    }

    @Test
    void endedTaskIsGoneFromTheGroupBeforeItsJoinReturns() throws Exception {
        for (int round = 0; round < 300; round++) {
            Task<Void> task = tree.root().start(() -> {});
            task.join();
            assertEquals(0, tree.root().size(), "round " + round);
        }
    }

    @Test
    void groupIsCalledByTheNamesDownToIt() {
        TaskGroup inner = tree.root().child(GroupOptions.DEFAULT.withName("inner"));
        assertEquals("inner", inner.name());
        assertEquals("group 'root/inner' (0 tasks)", inner.toString());
        inner.close();
    }

    @Test
    void cancelledGroupEndsItsTasksAndLaterOnes() throws Exception {
        Task<Void> before = tree.blocked();
        tree.root().cancel("closing time");
        tree.root().cancel("too late");
        var ran = new AtomicBoolean();
        Task<Void> after = tree.root().start(() -> ran.set(true));
        tree.root().await();
        assertTrue(before.isCancelled());
        assertTrue(after.isCancelled());
        assertEquals(Optional.of("closing time"), before.cancelReason());
        assertEquals(Optional.of("closing time"), after.cancelReason());
        assertFalse(ran.get());
        assertTrue(tree.root().isCancelled());
    }

    @Test
    void reasonsAndOptionsMustBeThere() {
        TaskGroup root = tree.root();
        assertThrows(NullPointerException.class, () -> root.cancel(null));
        assertThrows(NullPointerException.class, () -> root.child(null));
        assertThrows(NullPointerException.class, () -> root.open(null));
        assertThrows(NullPointerException.class, () -> TaskGroup.root(null, tree.clock()));
        assertThrows(NullPointerException.class, () -> TaskGroup.root(GroupOptions.DEFAULT, null));
        assertFalse(root.isCancelled());
    }

    @Test
    void supervisedGroupIsAwaitedLikewise() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Integer> failing = group.start(() -> Integer.parseInt("seven"));
        Task<Integer> other = group.start(() -> 7);
        group.await();
        assertThrows(ExecutionException.class, failing::join);
        assertEquals(7, other.join());
        group.close();
    }
}
