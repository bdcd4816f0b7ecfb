package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.Outcome.Cancelled;
import io.loomline.task.Outcome.Failure;
import io.loomline.task.Outcome.Success;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.stream.IntStream;

/** Results, or ends, of tasks of whatever groups. */
class GatherTasksTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    private Task<String> failing() {
        return failing(failure);
    }

    private Task<String> failing(IOException exception) {
        return tree.root()
                .start(() -> {
                    throw exception;
                });
    }

    private Task<String> blocked() {
        return blocked("never");
    }

    private Task<String> blocked(String value) {
        Task<String> task =
                tree.root()
                        .start(() -> {
                            TestTree.block();
                            return value;
                        });
        TestTree.awaitParked(task.thread());
        return task;
    }

    /** Throws a given exception when it is cancelled. */
    private Task<String> failingOnCancel(IOException exception) {
        Task<String> task =
                tree.root()
                        .start(() -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            throw exception;
                        });
        TestTree.awaitParked(task.thread());
        return task;
    }

    private Task<String> value(String value) {
        return tree.root().start(() -> value);
    }

    @Test
    void resultsAreInTheOrderOfTheTasksWhicheverEndsFirst() throws Exception {
        var last = new CountDownLatch(1);
        Task<String> first =
                tree.root()
                        .start(() -> {
                            last.await();
                            return "a";
                        });
        Task<String> second = value("b");
        second.join();
        Task<String> third = tree.root().start(() -> null);
        third.onDone(_ -> last.countDown());
        assertEquals(Arrays.asList("a", "b", null), Tasks.gather(List.of(first, second, third)));
    }

    @Test
    void noTasksGiveNoResults() throws Exception {
        assertEquals(List.of(), Tasks.gather(List.<Task<String>>of()));
        assertEquals(List.of(), Tasks.settle(List.<Task<String>>of()));
    }

    @Test
    void sameTaskTwiceGivesItsResultTwice() throws Exception {
        Task<String> task = value("a");
        assertEquals(List.of("a", "a"), Tasks.gather(List.of(task, task)));
        assertEquals(
                List.of(new Success<>("a"), new Success<>("a")), Tasks.settle(List.of(task, task)));
    }

    @Test
    void failureCancelsAndJoinsTheOthers() {
        List<Task<String>> tasks = List.of(blocked(), failing(), blocked());
        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        assertSame(failure, e.getCause());
        assertEquals(State.CANCELLED, tasks.getFirst().state());
        assertEquals(State.CANCELLED, tasks.getLast().state());
    }

    @Test
    void firstFailureInTimeIsTheCauseAndTheOthersAreSuppressed() {
        var later = new IOException("later");
        List<Task<String>> tasks = List.of(failingOnCancel(later), blocked(), failing());
        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        assertSame(failure, e.getCause());
        assertEquals(List.of(later), List.of(e.getSuppressed()));
    }

    @Test
    void taskThatIsCancelledByHandCancelsTheOthers() {
        List<Task<String>> tasks = List.of(blocked(), blocked(), blocked());
        tasks.get(1).cancel("by hand");
        var e = assertThrows(CancellationException.class, () -> Tasks.gather(tasks));
        assertTrue(e.getMessage().contains("by hand"), e::getMessage);
        for (Task<String> task : tasks) assertEquals(State.CANCELLED, task.state());
    }

    @Test
    void failurePrecedesTheCancelsThatItCaused() {
        List<Task<String>> tasks = List.of(failingOnCancel(failure), blocked());
        tasks.getLast().cancel("by hand");
        var e = assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        assertSame(failure, e.getCause());
    }

    @Test
    void valueReturnedInSpiteOfTheCancelIsNotMissed() throws Exception {
        Task<String> stubborn =
                tree.root()
                        .start(() -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            return "value";
                        });
        TestTree.awaitParked(stubborn.thread());
        var tasks = List.of(stubborn, failing());
        assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        assertEquals("value", stubborn.join());
    }

    @Test
    void tasksOfSeveralGroupsAreGatheredTogether() throws Exception {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i;
            tasks.add(tree.group(GroupOptions.Policy.FAIL_FAST).start(() -> number));
        }
        assertEquals(IntStream.range(0, 50).boxed().toList(), Tasks.gather(tasks));
    }

    @Test
    void settleGivesEveryEndInTheOrderOfTheTasks() throws Exception {
        Task<String> cancelled = blocked();
        cancelled.cancel("by hand");
        List<Task<String>> tasks = List.of(value("a"), failing(), cancelled, value("b"));
        assertEquals(
                List.of(
                        new Success<>("a"),
                        new Failure<String>(failure),
                        new Cancelled<String>("by hand"),
                        new Success<>("b")),
                Tasks.settle(tasks));
    }

    @Test
    void settleWaitsForAllThoughOneFails() throws Exception {
        var last = new CountDownLatch(1);
        Task<String> slow =
                tree.root()
                        .start(() -> {
                            last.await();
                            return "slow";
                        });
        Task<String> failing = failing();
        failing.onDone(_ -> last.countDown());
        assertEquals(
                List.of(new Failure<String>(failure), new Success<>("slow")),
                Tasks.settle(List.of(failing, slow)));
    }

    @Test
    void cancelledCallerCancelsAndJoinsTheTasks() throws Exception {
        List<Task<String>> gathered = List.of(blocked(), blocked());
        List<Task<String>> settled = List.of(blocked(), blocked());
        Task<Void> gather = TestTree.startParked(tree.root(), () -> Tasks.gather(gathered));
        Task<Void> settle = TestTree.startParked(tree.root(), () -> Tasks.settle(settled));
        for (Task<Void> caller : List.of(gather, settle)) {
            caller.cancel("from outside");
            var e = assertThrows(CancellationException.class, caller::join);
            assertTrue(e.getMessage().contains("from outside"), e::getMessage);
        }
        for (Task<String> task : gathered) assertEquals(State.CANCELLED, task.state());
        for (Task<String> task : settled) assertEquals(State.CANCELLED, task.state());
    }

    @Test
    void interruptedThreadCancelsAndJoinsTheTasks() {
        List<Task<String>> tasks = List.of(blocked(), blocked());
        Thread caller = Thread.currentThread();
        tree.root()
                .start(() -> {
                    TestTree.awaitParked(caller);
                    caller.interrupt();
                });
        assertThrows(InterruptedException.class, () -> Tasks.gather(tasks));
        for (Task<String> task : tasks) assertEquals(State.CANCELLED, task.state());
        assertFalse(Thread.interrupted());
    }

    @Test
    void missingTaskIsRefusedAndDoesNotAffectTheOthers() throws Exception {
        Task<String> other = blocked();
        List<Task<String>> tasks = Arrays.asList(other, null);
        assertThrows(NullPointerException.class, () -> Tasks.gather(tasks));
        assertThrows(NullPointerException.class, () -> Tasks.settle(tasks));
        assertFalse(other.thread().isInterrupted());
        other.cancelAndJoin();
    }

    @Test
    void taskThatWouldWaitForItselfIsRefusedAndDoesNotAffectTheOthers() throws Exception {
        Task<String> other = blocked();
        Task<Void> self =
                tree.root()
                        .start(() -> {
                            @SuppressWarnings("unchecked") // its result is not used
                            var me = (Task<String>) Task.current();
                            assertRefused(List.of(other, me));
                        });
        self.join();
        assertFalse(other.thread().isInterrupted());
        other.cancelAndJoin();
    }

    private static void assertRefused(List<Task<String>> tasks) {
        assertThrows(IllegalStateException.class, () -> Tasks.gather(tasks));
        assertThrows(IllegalStateException.class, () -> Tasks.settle(tasks));
        assertThrows(IllegalStateException.class, () -> Tasks.race(tasks));
    }

    @Test
    void listThatIsChangedMeanwhileDoesNotMatter() throws Exception {
        List<Task<String>> tasks = new ArrayList<>(Collections.nCopies(3, blocked("value")));
        Task<Void> gather =
                TestTree.startParked(
                        tree.root(),
                        () -> assertThrows(CancellationException.class, () -> Tasks.gather(tasks)));
        Task<String> task = tasks.getFirst();
        tasks.clear();
        task.cancel();
        gather.join();
    }
}
