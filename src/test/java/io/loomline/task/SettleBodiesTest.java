package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.Outcome.Cancelled;
import io.loomline.task.Outcome.Failure;
import io.loomline.task.Outcome.Success;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

/** Every end of bodies that the group itself starts, in the order of the bodies. */
class SettleBodiesTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    private final Callable<String> failing =
            () -> {
                throw failure;
            };

    private static String block() throws InterruptedException {
        TestTree.block();
        return "never";
    }

    private static String cancelItself() throws InterruptedException {
        Task.current().cancel("by itself");
        Task.checkCancelled();
        return "never";
    }

    @Test
    void everyOutcomeIsAtItsIndex() throws Exception {
        var last = new CountDownLatch(1);
        List<Callable<String>> bodies =
                List.of(
                        () -> {
                            last.await();
                            return "value";
                        },
                        failing,
                        SettleBodiesTest::cancelItself,
                        () -> {
                            last.countDown();
                            return null;
                        });
        assertEquals(
                List.of(
                        new Success<>("value"),
                        new Failure<String>(failure),
                        new Cancelled<String>("by itself"),
                        new Success<String>(null)),
                tree.group(Policy.SUPERVISE).settle(bodies));
    }

    @Test
    void errorIsAnEndLikeAnyOther() throws Exception {
        var error = new StackOverflowError("on purpose");
        List<Callable<String>> bodies =
                List.of(() -> {
                    throw error;
                });
        assertEquals(List.of(new Failure<String>(error)), tree.root().settle(bodies));
    }

    @Test
    void failureInASupervisedGroupDoesNotAffectTheOthers() throws Exception {
        List<Callable<String>> bodies = new ArrayList<>(Collections.nCopies(10, () -> "value"));
        bodies.addFirst(failing);
        List<Outcome<String>> outcomes = tree.group(Policy.SUPERVISE).settle(bodies);
        assertEquals(new Failure<String>(failure), outcomes.removeFirst());
        assertEquals(Collections.nCopies(10, new Success<>("value")), outcomes);
    }

    @Test
    void failureInAGroupThatFailsFastCancelsTheOthers() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        List<Callable<String>> bodies =
                List.of(SettleBodiesTest::block, failing, SettleBodiesTest::block);
        List<Outcome<String>> outcomes = group.settle(bodies);
        assertEquals(new Failure<String>(failure), outcomes.get(1));
        for (int i : new int[] {0, 2}) {
            Cancelled<?> cut = assertInstanceOf(Cancelled.class, outcomes.get(i));
            assertTrue(cut.reason().contains("on purpose"), cut::reason);
        }
        assertThrows(ExecutionException.class, group::await);
    }

    @Test
    void cancelOfTheGroupMeanwhileGivesCancelledEnds() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<List<Outcome<String>>> settle =
                tree.root()
                        .start(() -> group.settle(Collections.nCopies(5, SettleBodiesTest::block)));
        TestTree.awaitTrue("all run", () -> group.size() == 5);
        group.cancel("enough");
        assertEquals(Collections.nCopies(5, new Cancelled<String>("enough")), settle.join());
    }

    @Test
    void limitHoldsBackNoEnd() throws Exception {
        TaskGroup group =
                tree.root().child(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE).withLimit(3));
        List<Callable<Integer>> bodies =
                IntStream.range(0, 500).<Callable<Integer>>mapToObj(i -> () -> half(i)).toList();
        List<Outcome<Integer>> outcomes = group.settle(bodies);
        for (int i = 0; i < 500; i++) {
            if (i % 2 == 0) assertEquals(new Success<>(i / 2), outcomes.get(i));
            else assertInstanceOf(ArithmeticException.class, exceptionOf(outcomes.get(i)));
        }
        assertFalse(group.isCancelled());
    }

    private static int half(int i) {
        if (i % 2 == 1) throw new ArithmeticException("odd");
        return i / 2;
    }

    private static Throwable exceptionOf(Outcome<?> outcome) {
        return assertInstanceOf(Failure.class, outcome).exception();
    }
}
