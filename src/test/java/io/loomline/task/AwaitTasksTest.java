package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future.State;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;

/** A wait for some of several tasks, which cancels none of them. */
class AwaitTasksTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    private Task<Void> ended() throws Exception {
        Task<Void> task = tree.root().start(() -> {});
        task.join();
        return task;
    }

    private Task<Void> failed() {
        Task<Void> task = tree.root().start(AwaitTasksTest::fail);
        TestTree.awaitTrue("failed", () -> task.state() == State.FAILED);
        task.exceptionNow();
        return task;
    }

    private static void fail() {
        throw new IllegalStateException("on purpose");
    }

    /** Starts a task that waits by the tree's clock, and returns it once it waits. */
    private Task<AwaitResult<Void>> startWaiting(
            List<Task<Void>> tasks, ReturnWhen until, Duration timeout) {
        Task<AwaitResult<Void>> waiting =
                tree.root().start(() -> Tasks.await(tasks, until, timeout));
        TestTree.awaitParked(waiting.thread());
        return waiting;
    }

    @Test
    void firstCompletedEndsTheWaitHoweverItEnds() throws Exception {
        Task<Void> stays = tree.blocked();
        Task<Void> ends = tree.blocked();
        var waiting = startWaiting(List.of(stays, ends), ReturnWhen.FIRST_COMPLETED, HOUR);
        ends.cancel();
        assertEquals(new AwaitResult<>(List.of(ends), List.of(stays)), waiting.join());
        assertFalse(stays.thread().isInterrupted());
    }

    @Test
    void firstFailedEndsTheWaitAndNoEarlierSuccessOrCancel() throws Exception {
        Task<Void> stays = tree.blocked();
        Task<Void> cancelled = tree.blocked();
        var mayFail = new CountDownLatch(1);
        Task<Void> fails =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            mayFail.await();
                            fail();
                        });
        Task<Void> ended = ended();
        var waiting =
                startWaiting(
                        List.of(ended, stays, cancelled, fails), ReturnWhen.FIRST_FAILED, HOUR);
        cancelled.cancelAndJoin();
        assertFalse(waiting.isDone());
        mayFail.countDown();
        assertEquals(
                new AwaitResult<>(List.of(ended, cancelled, fails), List.of(stays)),
                waiting.join());
        fails.exceptionNow();
    }

    @Test
    void firstFailedWaitsForAllIfNoneFails() throws Exception {
        Task<Void> first = tree.blocked();
        Task<Void> second = tree.blocked();
        var waiting = startWaiting(List.of(first, second), ReturnWhen.FIRST_FAILED, HOUR);
        second.cancelAndJoin();
        assertFalse(waiting.isDone());
        first.cancel();
        assertEquals(new AwaitResult<>(List.of(first, second), List.of()), waiting.join());
    }

    @Test
    void allCompletedWaitsForAllThoughOneFails() throws Exception {
        Task<Void> last = tree.blocked();
        Task<Void> failed = failed();
        var waiting = startWaiting(List.of(failed, last), ReturnWhen.ALL_COMPLETED, HOUR);
        assertFalse(waiting.isDone());
        last.cancel();
        assertEquals(new AwaitResult<>(List.of(failed, last), List.of()), waiting.join());
    }

    @ParameterizedTest
    @EnumSource
    void whatHasEndedBeforeIsFoundWithoutAWait(ReturnWhen until) throws Exception {
        List<Task<Void>> tasks = List.of(ended(), failed());
        for (Duration timeout : List.of(Duration.ZERO, HOUR)) {
            assertEquals(new AwaitResult<>(tasks, List.of()), Tasks.await(tasks, until, timeout));
        }
    }

    @ParameterizedTest
    @EnumSource
    void timeoutOfZeroOrLessOnlyLooks(ReturnWhen until) throws Exception {
        List<Task<Void>> tasks = List.of(tree.blocked(), tree.blocked());
        for (long nanos : new long[] {0, -1, Long.MIN_VALUE}) {
            var waited = Tasks.await(tasks, until, Duration.ofNanos(nanos));
            assertEquals(new AwaitResult<>(List.of(), tasks), waited);
        }
        assertFalse(Thread.interrupted());
    }

    @ParameterizedTest
    @EnumSource
    void timeoutThatPassesIsNoErrorAndCancelsNothing(ReturnWhen until) throws Exception {
        List<Task<Void>> tasks = List.of(tree.blocked(), tree.blocked());
        var waiting = startWaiting(tasks, until, SECOND);
        tree.clock().advance(SECOND);
        assertEquals(new AwaitResult<>(List.of(), tasks), waiting.join());
        for (Task<Void> task : tasks) assertFalse(task.thread().isInterrupted());
    }

    @Test
    void timeoutLeavesNoInterruptAndNoTimerBehind() throws Exception {
        List<Task<Void>> tasks = List.of(tree.blocked());
        Task<Integer> waiting =
                tree.root()
                        .start(() -> {
                            Tasks.await(tasks, ReturnWhen.ALL_COMPLETED, SECOND);
                            Task.checkCancelled();
                            return tree.clock().timers();
                        });
        TestTree.awaitParked(waiting.thread());
        tree.clock().advance(SECOND);
        assertEquals(0, waiting.join());
    }

    @ParameterizedTest
    @EnumSource
    void noTasksEndTheWaitAtOnce(ReturnWhen until) throws Exception {
        assertEquals(
                new AwaitResult<>(List.of(), List.of()),
                Tasks.await(List.<Task<Void>>of(), until, HOUR));
    }

    @ParameterizedTest
    @EnumSource
    void sameTaskTwiceIsReportedTwice(ReturnWhen until) throws Exception {
        Task<Void> task = tree.blocked();
        var waiting = startWaiting(List.of(task, task), until, HOUR);
        task.cancel();
        assertEquals(new AwaitResult<>(List.of(task, task), List.of()), waiting.join());
    }

    @Test
    void cancelOfTheCallerEndsTheWaitAndDoesNotAffectTheTasks() {
        Task<Void> task = tree.blocked();
        var waiting = startWaiting(List.of(task), ReturnWhen.ALL_COMPLETED, HOUR);
        waiting.cancel();
        assertThrows(CancellationException.class, waiting::join);
        assertFalse(task.thread().isInterrupted());
    }

    @Test
    void cancelledCallerThrowsEvenIfTheWaitHasEnded() throws Exception {
        List<Task<Void>> tasks = List.of(ended());
        Task<Void> waiting =
                tree.root()
                        .start(() -> {
                            Task.current().cancel();
                            Tasks.await(tasks, ReturnWhen.ALL_COMPLETED, HOUR);
                        });
        assertThrows(CancellationException.class, waiting::join);
    }

    @Test
    void outerDeadlineIsNotTakenForTheTimeout() {
        Task<Void> task = tree.blocked();
        Task<Void> waiting =
                TestTree.startParked(
                        tree.root(),
                        () ->
                                Deadline.after(SECOND)
                                        .run(() ->
                                                Tasks.await(
                                                        List.of(task),
                                                        ReturnWhen.ALL_COMPLETED,
                                                        HOUR)));
        tree.clock().advance(SECOND);
        var e = assertThrows(Exception.class, waiting::join);
        assertTrue(e.getCause() instanceof TimeoutException, e::toString);
    }

    @Test
    void missingArgumentsAreRefused() {
        List<Task<Void>> tasks = List.of(tree.blocked());
        assertThrows(
                NullPointerException.class, () -> Tasks.await(null, ReturnWhen.FIRST_FAILED, HOUR));
        assertThrows(NullPointerException.class, () -> Tasks.await(tasks, null, HOUR));
        assertThrows(
                NullPointerException.class,
                () -> Tasks.await(tasks, ReturnWhen.FIRST_FAILED, null));
    }

    @Test
    void takeOneAddOneGoesOnForAsLongAsOneLikes() throws Exception {
        List<Task<Integer>> running = new ArrayList<>();
        int taken = 0;
        for (int i = 0; i < 16; i++) running.add(number(i));
        for (int i = 16; i < 200; i++) {
            AwaitResult<Integer> waited = Tasks.await(running, ReturnWhen.FIRST_COMPLETED, HOUR);
            taken += waited.done().size();
            running = new ArrayList<>(waited.pending());
            assertEquals(16 + (i - 16), taken + running.size());
            running.add(number(i));
        }
        AwaitResult<Integer> rest = Tasks.await(running, ReturnWhen.ALL_COMPLETED, HOUR);
        assertEquals(200, taken + rest.done().size());
    }

    private Task<Integer> number(int number) {
        return tree.root().start(() -> number);
    }

    @Test
    @Tag("slow")
    void waitThatIsOverLeavesNothingWithATaskThatLivesOn() throws Exception {
        List<Task<Void>> tasks = List.of(tree.blocked());
        long before = usedBytes();
        for (int i = 0; i < 1_000_000; i++) {
            Tasks.await(tasks, ReturnWhen.FIRST_COMPLETED, Duration.ZERO);
        }
        long grown = usedBytes() - before;
        assertTrue(grown < 20_000_000, () -> "grown by " + grown + " bytes");
    }

    private static long usedBytes() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void timeoutOnAThreadGoesByTheClockOfTheTasks() throws Exception {
        List<Task<Void>> tasks = List.of(tree.blocked());
        var waiting = new FutureTask<>(() -> Tasks.await(tasks, ReturnWhen.ALL_COMPLETED, HOUR));
        Thread.ofPlatform().daemon().start(waiting);
        tree.clock().awaitTimers(1);
        tree.clock().advance(HOUR);
        assertEquals(tasks, waiting.get().pending());
    }
}
