package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** Waits for several tasks, whose ends meet each other, the wait's beginning, or a cancel. */
class EndsMeetTest {
    private static final int ROUNDS = 200;
    private static final Duration HOUR = Duration.ofHours(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    /** A task that ends with its number, or fails if that is negative, when the latch lets it. */
    private Task<Integer> startNumber(CountDownLatch go, int number) {
        return tree.root()
                .start(() -> {
                    go.await();
                    if (number < 0) throw failure;
                    return number;
                });
    }

    private List<Task<Integer>> startNumbers(CountDownLatch go, int... numbers) {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int number : numbers) tasks.add(startNumber(go, number));
        return tasks;
    }

    private static void assertEnded(List<Task<Integer>> tasks) {
        for (Task<Integer> task : tasks) assertTrue(task.isDone());
    }

    @Test
    void gatherGetsAllResultsInTheirOrder() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 0, 1, 2, 3);
            TestTree.race(
                    round,
                    () -> assertEquals(List.of(0, 1, 2, 3), Tasks.gather(tasks)),
                    go::countDown);
        }
    }

    @Test
    void gatherThrowsTheFailureAndHasEndedAll() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 0, -1, 2, -1, 4);
            TestTree.race(
                    round,
                    () -> {
                        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
                        assertSame(failure, e.getCause());
                        assertEnded(tasks);
                    },
                    go::countDown);
        }
    }

    @Test
    void cancelOfAGatherThatRacesItsEndGivesTheResultsOrTheCancel() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 0, 1, 2);
            Task<List<Integer>> gather = tree.root().start(() -> Tasks.gather(tasks));
            TestTree.race(round, go::countDown, gather::cancel);
            TestTree.awaitTrue("ended", gather::isDone);
            if (gather.isCancelled()) continue;
            assertEquals(List.of(0, 1, 2), gather.join());
        }
    }

    @Test
    void cancelOfOneThatRacesItsEndIsAResultOrACancelOfTheGather() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 0, 1, 2);
            Task<List<Integer>> gather = tree.root().start(() -> Tasks.gather(tasks));
            TestTree.race(round, go::countDown, tasks.get(1)::cancel);
            TestTree.awaitTrue("ended", gather::isDone);
            assertEnded(tasks);
            if (tasks.get(1).isCancelled()) {
                assertInstanceOf(CancellationException.class, gather.exceptionNow());
            } else {
                assertEquals(List.of(0, 1, 2), gather.join());
            }
        }
    }

    @Test
    void raceIsWonByASuccessAndHasEndedAll() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, -1, 1, -1, 3);
            TestTree.race(
                    round,
                    () -> {
                        int won = Tasks.race(tasks);
                        assertTrue(won == 1 || won == 3);
                        assertEnded(tasks);
                    },
                    go::countDown);
        }
    }

    @Test
    void raceThatAllLoseThrowsAllFailures() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, -1, -1, -1);
            TestTree.race(
                    round,
                    () -> {
                        var e = assertThrows(ExecutionException.class, () -> Tasks.race(tasks));
                        assertEquals(2, e.getSuppressed().length);
                        assertEnded(tasks);
                    },
                    go::countDown);
        }
    }

    @Test
    void cancelOfARaceThatRacesItsEndGivesTheWinnerOrTheCancel() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 7, 7);
            Task<Integer> race = tree.root().start(() -> Tasks.race(tasks));
            TestTree.race(round, go::countDown, race::cancel);
            TestTree.awaitTrue("ended", race::isDone);
            if (!race.isCancelled()) assertEquals(7, race.join());
        }
    }

    @Test
    void awaitOfTheFirstNeverMissesOne() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 0, 1, 2);
            TestTree.race(
                    round,
                    () -> {
                        var waited = Tasks.await(tasks, ReturnWhen.FIRST_COMPLETED, HOUR);
                        assertFalse(waited.done().isEmpty());
                        assertEquals(3, waited.done().size() + waited.pending().size());
                    },
                    go::countDown);
        }
    }

    @Test
    void asCompletedGivesEachOnceToEveryReader() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var tasks = startNumbers(go, 0, 1, 2, 3);
            Iterable<Task<Integer>> completed = Tasks.asCompleted(tasks);
            Task<List<Task<Integer>>> other = tree.root().start(() -> listOf(completed));
            TestTree.race(
                    round,
                    () -> {
                        List<Task<Integer>> seen = listOf(completed);
                        assertEquals(new HashSet<>(tasks), new HashSet<>(seen));
                        assertEquals(seen, other.join());
                    },
                    go::countDown);
        }
    }

    private static List<Task<Integer>> listOf(Iterable<Task<Integer>> completed) {
        List<Task<Integer>> list = new ArrayList<>();
        for (Task<Integer> task : completed) {
            assertTrue(task.isDone());
            list.add(task);
        }
        return list;
    }

    @Test
    void settleThatRacesACloseOfTheGroupGetsEveryEnd() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 4; i++) tasks.add(group.start(() -> 1));
            TestTree.race(
                    round,
                    () -> {
                        for (Outcome<Integer> outcome : Tasks.settle(tasks)) {
                            if (outcome instanceof Outcome.Cancelled<Integer>) continue;
                            assertInstanceOf(Outcome.Success.class, outcome);
                        }
                    },
                    group::close);
        }
    }
}
