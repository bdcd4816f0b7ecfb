package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/** {@link Tasks#asCompleted}: tasks in the order in which they end, for any number of readers. */
class AsCompletedTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    private List<Task<Void>> blocked(int count) {
        List<Task<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) tasks.add(tree.blocked());
        return tasks;
    }

    /** Returns when the callbacks of the task have run as well. */
    private static void end(Task<Void> task) throws InterruptedException {
        task.cancelAndJoin();
        TestTree.awaitTrue("its thread has ended", () -> !task.thread().isAlive());
    }

    private static <T> List<T> listOf(Iterable<T> things) {
        List<T> list = new ArrayList<>();
        things.forEach(list::add);
        return list;
    }

    @Test
    void tasksComeInTheOrderInWhichTheyEnd() throws Exception {
        List<Task<Void>> tasks = blocked(4);
        Iterator<Task<Void>> completed = Tasks.asCompleted(tasks).iterator();
        for (int i : new int[] {2, 0, 3, 1}) {
            assertTrue(completed.hasNext());
            end(tasks.get(i));
            assertSame(tasks.get(i), completed.next());
        }
        assertFalse(completed.hasNext());
    }

    @Test
    void tasksEndedBeforeTheCallComeInTheirOrder() throws Exception {
        List<Task<Void>> tasks = blocked(3);
        Iterable<Task<Void>> completed = Tasks.asCompleted(tasks);
        for (Task<Void> task : tasks.reversed()) end(task);
        assertEquals(tasks.reversed(), listOf(completed));
    }

    @Test
    void tasksThatHaveEndedBeforeComeFirstInTheOrderGiven() throws Exception {
        List<Task<Void>> tasks = blocked(3);
        end(tasks.get(2));
        end(tasks.get(1));
        Iterable<Task<Void>> completed = Tasks.asCompleted(tasks);
        end(tasks.get(0));
        assertEquals(List.of(tasks.get(1), tasks.get(2), tasks.get(0)), listOf(completed));
    }

    @Test
    void secondIterationGivesTheSameOrderFromTheFirst() throws Exception {
        List<Task<Void>> tasks = blocked(3);
        Iterable<Task<Void>> completed = Tasks.asCompleted(tasks);
        Iterator<Task<Void>> abandoned = completed.iterator();
        end(tasks.get(1));
        assertSame(tasks.get(1), abandoned.next());
        end(tasks.get(2));
        end(tasks.get(0));
        List<Task<Void>> expected = List.of(tasks.get(1), tasks.get(2), tasks.get(0));
        assertEquals(expected, listOf(completed));
        assertEquals(expected, listOf(completed));
    }

    @Test
    void failedAndCancelledTasksComeLikeAnyOther() {
        Task<Integer> failing = tree.root().start(() -> Integer.parseInt("on purpose"));
        Task<Integer> cancelled = tree.root().start(() -> 1);
        cancelled.cancel();
        List<Task<Integer>> all = List.of(failing, cancelled, tree.root().start(() -> 2));
        assertEquals(new HashSet<>(all), new HashSet<>(listOf(Tasks.asCompleted(all))));
        assertInstanceOf(NumberFormatException.class, failing.exceptionNow());
    }

    @Test
    void nextBlocksUntilATaskHasEnded() throws Exception {
        List<Task<Void>> tasks = blocked(2);
        Iterator<Task<Void>> completed = Tasks.asCompleted(tasks).iterator();
        Task<Task<Void>> next = tree.root().start(completed::next);
        TestTree.awaitParked(next.thread());
        end(tasks.get(1));
        assertSame(tasks.get(1), next.join());
    }

    @Test
    void noTasksAndExcessCallsOfNextDiffer() throws Exception {
        assertFalse(Tasks.asCompleted(List.of()).iterator().hasNext());
        assertThrows(
                NoSuchElementException.class, () -> Tasks.asCompleted(List.of()).iterator().next());
        Iterator<Task<Integer>> one =
                Tasks.asCompleted(List.of(tree.root().start(() -> 1))).iterator();
        assertEquals(1, one.next().join());
        assertThrows(NoSuchElementException.class, one::next);
    }

    @Test
    void sameTaskTwiceComesTwice() throws Exception {
        Task<Void> task = tree.blocked();
        Iterable<Task<Void>> completed = Tasks.asCompleted(List.of(task, task));
        end(task);
        assertEquals(List.of(task, task), listOf(completed));
    }

    @Test
    void missingTaskIsRefused() {
        assertThrows(NullPointerException.class, () -> Tasks.asCompleted(null));
        List<Task<Void>> tasks = Arrays.asList(tree.blocked(), null);
        assertThrows(NullPointerException.class, () -> Tasks.asCompleted(tasks));
    }

    @Test
    void cancelOfTheCallerIsThrownUncheckedAndDoesNotAffectTheTasks() throws Exception {
        List<Task<Void>> tasks = blocked(2);
        Iterator<Task<Void>> completed = Tasks.asCompleted(tasks).iterator();
        end(tasks.get(0));
        Task<Void> caller =
                tree.root()
                        .start(() -> {
                            assertSame(tasks.get(0), completed.next());
                            assertCut(completed);
                            assertCut(completed);
                            completed.next();
                        });
        TestTree.awaitParked(caller.thread());
        caller.cancel("from outside");
        var e = assertThrows(CancellationException.class, caller::join);
        assertTrue(e.getMessage().contains("from outside"), e::getMessage);
        assertFalse(tasks.get(1).thread().isInterrupted());

        end(tasks.get(1)); // a cancelled call consumes no task
        assertSame(tasks.get(1), completed.next());
    }

    private static void assertCut(Iterator<?> completed) {
        var e = assertThrows(UncheckedIOException.class, completed::next);
        assertInstanceOf(InterruptedIOException.class, e.getCause());
        assertTrue(Thread.currentThread().isInterrupted());
        assertTrue(completed.hasNext());
    }

    @Test
    void interruptOfAThreadIsThrownUncheckedAndKept() {
        Iterator<Task<Void>> completed = Tasks.asCompleted(blocked(1)).iterator();
        Thread.currentThread().interrupt();
        assertCut(completed);
        assertTrue(Thread.interrupted());
    }

    @Test
    void deadlineAroundItGivesWhatEndedAndThenOneTimeout() throws Exception {
        List<Task<Void>> tasks = blocked(2);
        List<Task<Void>> seen = new ArrayList<>();
        Task<Void> caller =
                tree.root()
                        .start(() ->
                                Deadline.after(SECOND)
                                        .run(() -> Tasks.asCompleted(tasks).forEach(seen::add)));
        end(tasks.get(1));
        TestTree.awaitTrue("seen", () -> seen.size() == 1);
        TestTree.awaitParked(caller.thread());
        tree.clock().advance(SECOND);
        var e = assertThrows(Exception.class, caller::join);
        assertInstanceOf(TimeoutException.class, e.getCause());
        assertEquals(List.of(tasks.get(1)), seen);
    }

    @Test
    void abandonedIterationLeavesNoCallbackWithTheTasks() {
        Task<Void> lives = tree.blocked();
        var reference = new WeakReference<>(Tasks.asCompleted(List.of(lives)));
        TestTree.awaitCollected("what nobody iterates over", reference);
    }

    @Test
    void iteratorKeepsItsTasksReachable() throws Exception {
        Task<Void> lives = tree.blocked();
        Iterator<Task<Void>> iterator = Tasks.asCompleted(List.of(lives)).iterator();
        System.gc();
        lives.cancelAndJoin();
        assertSame(lives, iterator.next());
    }
}
