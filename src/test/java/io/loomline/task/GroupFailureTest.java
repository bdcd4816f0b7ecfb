package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;

/**
 * The effect of a task's failure on its group: which tasks are cancelled, and what {@code await}
 * throws.
 */
class GroupFailureTest {
    private static final int KEPT_REST = 16;

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void firstFailureCancelsTheSiblings() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        Task<Void> sibling = TestTree.blockedIn(group);
        var failure = new IOException("on purpose");
        TestTree.startFailing(group, failure);
        var e = assertThrows(ExecutionException.class, group::await);
        assertSame(failure, e.getCause());
        assertTrue(sibling.isCancelled());
        assertTrue(sibling.cancelReason().orElseThrow().contains("on purpose"));
        assertTrue(group.isCancelled());
        assertFalse(tree.root().isCancelled());
        group.close();
    }

    @Test
    void errorIsAFailureLikeAnyOther() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        Task<Void> sibling = TestTree.blockedIn(group);
        group.start(() -> {
            throw new AssertionError("on purpose");
        });
        var e = assertThrows(ExecutionException.class, group::await);
        assertTrue(e.getCause() instanceof AssertionError);
        assertTrue(sibling.isCancelled());
        group.close();
    }

    @Test
    void taskThatIsStartedAfterAFailureNeverRuns() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        assertThrows(
                ExecutionException.class,
                TestTree.startFailing(group, new IOException("first"))::join);
        Task<Integer> late = group.start(() -> 7);
        assertThrows(ExecutionException.class, group::await);
        assertEquals(State.CANCELLED, late.state());
        group.close();
    }

    @Test
    void awaitThrowsOnlyWhenAllHaveEnded() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var cleanedUp = new CountDownLatch(1);
        Task<Void> sibling =
                TestTree.startParked(
                        group,
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            cleanedUp.await();
                        });
        TestTree.startFailing(group, new IOException("on purpose"));
        TestTree.awaitTrue("cancelled", group::isCancelled);
        Task<Void> waiter = TestTree.startParked(tree.root(), group::await);
        assertFalse(waiter.isDone());
        cleanedUp.countDown();
        assertThrows(ExecutionException.class, waiter::join);
        assertTrue(sibling.isDone());
        group.close();
    }

    @Test
    void everyAwaitThrowsTheFailureInAnExceptionOfItsOwn() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        TestTree.startFailing(group, new IOException("on purpose"));
        var first = assertThrows(ExecutionException.class, group::await);
        var second = assertThrows(ExecutionException.class, group::await);
        assertSame(first.getCause(), second.getCause());
        assertNotSame(first, second);
        group.close();
    }

    @Test
    void cancelOfOneTaskIsNoFailure() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        Task<Void> cancelled = TestTree.blockedIn(group);
        Task<Void> sibling = TestTree.blockedIn(group);
        cancelled.cancelAndJoin();
        assertFalse(group.isCancelled());
        assertEquals(State.RUNNING, sibling.state());
        sibling.cancel();
        group.await();
        group.close();
    }

    @Test
    void cancelOfTheGroupIsNoFailure() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        TestTree.blockedIn(group);
        group.cancel();
        group.await();
        group.close();
    }

    @Test
    void failureOfACleanUpAfterTheGroupsOwnCancelIsAFailure() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var failure = new IOException("from the clean-up");
        TestTree.startFailingOnCancel(group, failure);
        group.cancel();
        var e = assertThrows(ExecutionException.class, group::await);
        assertSame(failure, e.getCause());
        group.close();
    }

    @Test
    void supervisedSiblingsGoOn() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Void> sibling = TestTree.blockedIn(group);
        Task<Object> failing = TestTree.startFailing(group, new IOException("on purpose"));
        assertThrows(ExecutionException.class, failing::join);
        assertFalse(group.isCancelled());
        assertEquals(State.RUNNING, sibling.state());
        assertEquals(7, group.start(() -> 7).join());
        sibling.cancel();
        group.await();
        group.close();
    }

    @Test
    void firstFailureIsTheCauseAndTheRestAreSuppressed() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        List<Exception> rest = failuresOnCancel(group, 3);
        var first = new IOException("first");
        TestTree.startFailing(group, first);
        var e = assertThrows(ExecutionException.class, group::await);
        assertSame(first, e.getCause());
        assertEquals(rest.size(), e.getSuppressed().length);
        assertTrue(Arrays.asList(e.getSuppressed()).containsAll(rest));
        assertEquals(0, first.getSuppressed().length, "the failure itself is not written to");
        group.close();
    }

    @Test
    void suppressedOnesStandInTheOrderInWhichTheyFailed() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        List<CountDownLatch> turns = new ArrayList<>();
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            var turn = new CountDownLatch(1);
            var failure = new IOException("failure " + i);
            turns.add(turn);
            tasks.add(TestTree.startParked(group, () -> failInTurn(turn, failure)));
        }
        for (int i : new int[] {2, 0, 3, 1}) {
            turns.get(i).countDown();
            assertThrows(ExecutionException.class, tasks.get(i)::join);
        }
        var e = assertThrows(ExecutionException.class, group::await);
        assertEquals("failure 2", e.getCause().getMessage());
        List<String> rest = Arrays.stream(e.getSuppressed()).map(Throwable::getMessage).toList();
        assertEquals(List.of("failure 0", "failure 3", "failure 1"), rest);
        group.close();
    }

    private static void failInTurn(CountDownLatch turn, Exception failure) throws Exception {
        while (turn.getCount() > 0) {
            try {
                turn.await();
            } catch (InterruptedException e) {
                assertTrue(Task.current().cancelReason().isPresent());
            }
        }
        throw failure;
    }

    @ParameterizedTest
    @ValueSource(ints = {KEPT_REST - 1, KEPT_REST, KEPT_REST + 1, 100})
    void sixteenAreKeptAndTheOthersAreCounted(int others) {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        failuresOnCancel(group, others);
        TestTree.startFailing(group, new IOException("first"));
        var e = assertThrows(ExecutionException.class, group::await);
        Throwable[] rest = e.getSuppressed();
        int counted = others - KEPT_REST;
        assertEquals(counted > 0 ? KEPT_REST + 1 : others, rest.length);
        if (counted > 0) assertTrue(rest[KEPT_REST].getMessage().contains(" " + counted + " "));
        group.close();
    }

    /**
     * A number of tasks that fail when they are cancelled, each with one of the returned failures.
     */
    private static List<Exception> failuresOnCancel(TaskGroup group, int count) {
        List<Exception> failures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var failure = new IOException("other " + i);
            failures.add(failure);
            TestTree.startFailingOnCancel(group, failure);
        }
        return failures;
    }
}
