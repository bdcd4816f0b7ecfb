package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** {@link Tasks} with tasks whose results have different types, and with single arguments. */
class TaskSubtypesTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final Task<Integer> one = tree.root().start(() -> 1);
    private final Task<Double> half = tree.root().start(() -> 0.5);
    private final List<Task<? extends Number>> both = List.of(one, half);

    @Test
    void gatherReturnsTheCommonType() throws Exception {
        List<Number> results = Tasks.gather(both);
        assertEquals(List.of(1, 0.5), results);
    }

    @Test
    void gatherOfOneTypeReturnsThatType() throws Exception {
        List<Task<Integer>> tasks = List.of(one, one);
        List<Integer> results = Tasks.gather(tasks);
        assertEquals(List.of(1, 1), results);
    }

    @Test
    void gatherTakesSingleArguments() throws Exception {
        List<Number> results = Tasks.gather(one, half);
        assertEquals(List.of(1, 0.5), results);
        List<Integer> single = Tasks.gather(one);
        assertEquals(List.of(1), single);
        assertEquals(List.of(), Tasks.gather());
    }

    @Test
    void gatherOfArgumentsThrowsTheFailure() {
        var failure = new IOException("on purpose");
        Task<Void> failing =
                tree.root()
                        .start(() -> {
                            throw failure;
                        });
        Task<Void> blocked = tree.blocked();
        var e =
                assertThrows(
                        ExecutionException.class,
                        () -> Tasks.<Object>gather(one, failing, blocked));
        assertSame(failure, e.getCause());
    }

    @Test
    void settleReturnsOutcomesOfTheCommonType() throws Exception {
        List<Outcome<Number>> outcomes = Tasks.settle(both);
        assertEquals(List.of(new Outcome.Success<>(1), new Outcome.Success<>(0.5)), outcomes);
    }

    @Test
    void raceReturnsTheCommonType() throws Exception {
        Task<Integer> blocked =
                tree.root()
                        .start(() -> {
                            TestTree.block();
                            return 0;
                        });
        List<Task<? extends Number>> racers = List.of(blocked, half);
        Number won = Tasks.race(racers);
        assertEquals(0.5, won);
    }

    @Test
    void asCompletedReturnsTasksOfTheCommonType() throws Exception {
        List<Number> results = new ArrayList<>();
        one.join();
        half.join();
        for (Task<Number> task : Tasks.asCompleted(both)) results.add(task.resultNow());
        assertEquals(List.of(1, 0.5), results);
    }

    @Test
    void awaitTakesTheTasksOfAGroup() throws Exception {
        Task<Void> blocked = tree.blocked();
        Tasks.gather(both);
        TestTree.awaitTrue("only one is left", () -> tree.root().size() == 1);
        Collection<Task<?>> left = tree.root().tasks();
        AwaitResult<Object> result = Tasks.await(left, ReturnWhen.ALL_COMPLETED, Duration.ZERO);
        assertEquals(List.of(), result.done());
        assertSame(blocked, result.pending().getFirst());
    }
}
