package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/** A cancelled task that does not end is interrupted repeatedly. */
class CancelWatchdogTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final CapturedLog log = new CapturedLog(); // warnings have their own test
    @AutoClose private final TestTree tree = TestTree.supervised();

    @AfterEach
    void nothingFailed() {
        assertEquals(0, log.errors(""), log::text);
    }

    private void advanceMillis(long millis) {
        tree.clock().advance(Duration.ofMillis(millis));
    }

    private Task<Void> startUnresponsive(UnresponsiveBody body) {
        return TestTree.startParked(tree.root(), body);
    }

    private static void cancelAndAwaitFirst(Task<?> task, UnresponsiveBody body) {
        task.cancel("from outside");
        body.awaitInterrupts(1);
    }

    @Test
    void unresponsiveTaskIsInterruptedAtGrowingIntervals() throws Exception {
        var body = new UnresponsiveBody(tree.clock());
        Task<Void> task = startUnresponsive(body);
        cancelAndAwaitFirst(task, body);
        int heard = 1;
        for (long millis : new long[] {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}) {
            advanceMillis(millis - 1);
            assertEquals(heard, body.interrupts());
            advanceMillis(1);
            body.awaitInterrupts(++heard);
        }
        body.end();
        task.join();
        tree.clock().awaitTimers(0); // a join may return before the watchdog stops
    }

    @Test
    void taskThatEndsIsNotWatchedAnyLonger() {
        Task<Void> task = tree.blocked();
        task.cancel();
        TestTree.awaitTrue("ended", task::isDone);
        TestTree.awaitTrue("not watched", () -> tree.clock().timers() == 0);
    }

    @Test
    void taskThatHasEndedBeforeItIsCancelledIsNotWatched() throws Exception {
        for (int round = 0; round < 200; round++) {
            Task<Void> task = tree.root().start(() -> {});
            TestTree.race(round, task::cancel, () -> {});
            TestTree.awaitTrue("left", () -> tree.root().isEmpty());
            assertEquals(0, tree.clock().timers());
        }
    }

    @Test
    void taskThatNeverRanIsNotWatched() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        group.cancel();
        group.start(() -> {}).cancel();
        TestTree.awaitTrue("left", group::isEmpty);
        group.close();
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void laterCancelDoesNotWaitForTheIntervalOfAnEarlierOne() throws Exception {
        var first = new UnresponsiveBody(tree.clock());
        Task<Void> firstTask = startUnresponsive(first);
        cancelAndAwaitFirst(firstTask, first);
        for (int interrupts = 1; interrupts <= 7; interrupts++) { // up to the longest interval
            advanceMillis(Math.min(5_000, 100L << (interrupts - 1)));
            first.awaitInterrupts(interrupts + 1);
        }

        var second = new UnresponsiveBody(tree.clock());
        Task<Void> secondTask = startUnresponsive(second);
        cancelAndAwaitFirst(secondTask, second);
        advanceMillis(100);
        second.awaitInterrupts(2);
        assertEquals(8, first.interrupts());
        advanceMillis(200);
        second.awaitInterrupts(3);

        for (UnresponsiveBody body : List.of(first, second)) body.end();
        firstTask.join();
        secondTask.join();
        tree.clock().awaitTimers(0);
    }

    @Test
    void oneTimerServesManyUnresponsiveTasks() throws Exception {
        List<UnresponsiveBody> bodies = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            var body = new UnresponsiveBody(tree.clock());
            bodies.add(body);
            cancelAndAwaitFirst(startUnresponsive(body), body);
            advanceMillis(10);
            assertEquals(1, tree.clock().timers());
        }
        for (UnresponsiveBody body : bodies) body.end();
        tree.root().await();
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void cancelOfTheGroupRemindsEveryTaskInIt() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        var first = new UnresponsiveBody(tree.clock());
        var second = new UnresponsiveBody(tree.clock());
        TestTree.startParked(group, first);
        TestTree.startParked(group, second);
        group.cancel();
        for (UnresponsiveBody body : List.of(first, second)) body.awaitInterrupts(1);
        advanceMillis(100);
        for (UnresponsiveBody body : List.of(first, second)) body.awaitInterrupts(2);
        for (UnresponsiveBody body : List.of(first, second)) body.end();
        group.await();
        group.close();
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void tasksOfAGroupInsideAnUnresponsiveTaskAreInterruptedToo() throws Exception {
        var inner = new UnresponsiveBody(tree.clock());
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            TaskGroup group = tree.root().open(GroupOptions.DEFAULT);
                            group.start(inner);
                            TestTree.awaitTrue("may end", inner::mayEnd);
                        });
        TestTree.awaitTrue("opened", () -> !task.children().isEmpty());
        TestTree.awaitTrue("waits", inner::isWaiting);
        task.cancel();
        inner.awaitInterrupts(1);
        advanceMillis(100);
        inner.awaitInterrupts(2);
        advanceMillis(200);
        inner.awaitInterrupts(3);
        inner.end();
        task.join();
    }

    @Test
    void expiredDeadlineRemindsUntilItsCodeHasLeft() throws Exception {
        var body = new UnresponsiveBody(tree.clock());
        Task<Void> task =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            Deadline.after(MINUTE).<Exception>run(body::run);
                            assertEquals(0, tree.clock().timers());
                            Task.checkCancelled();
                        });
        tree.clock().advance(MINUTE);
        body.awaitInterrupts(1);
        advanceMillis(100);
        body.awaitInterrupts(2);
        advanceMillis(200);
        body.awaitInterrupts(3);
        body.end();
        task.join();
    }

    @Test
    void shieldedTaskIsNotInterrupted() throws Exception {
        var body = new UnresponsiveBody(tree.clock());
        Task<Void> task =
                TestTree.startParked(tree.root(), () -> Shield.<Exception>run(MINUTE, body::run));
        task.cancel();
        advanceMillis(59_999);
        assertFalse(task.thread().isInterrupted());
        assertEquals(0, body.interrupts());
        advanceMillis(1);
        body.awaitInterrupts(1); // because the bound has passed
        advanceMillis(5_000);
        body.awaitInterrupts(2); // because it is unresponsive
        body.end();
        task.join();
    }

    @Test
    void waitOfACloseIsNotEndedByReminders() throws Exception {
        var body = new UnresponsiveBody(tree.clock());
        Task<Void> owner =
                tree.root()
                        .start(() -> {
                            TaskGroup group = tree.root().open(GroupOptions.DEFAULT);
                            TestTree.startParked(group, body);
                            group.close();
                            assertThrows(InterruptedException.class, Task::checkCancelled);
                        });
        body.awaitInterrupts(1);
        owner.cancel();
        for (int i = 0; i < 4; i++) {
            int heard = body.interrupts();
            advanceMillis(100L << i);
            TestTree.awaitTrue("again", () -> body.interrupts() > heard && body.isWaiting());
        }
        assertFalse(owner.isDone());
        body.end();
        owner.join();
    }

    @Test
    void deadlineOnAThreadWithoutATreeIsServedByTheMachinesClock() {
        Deadline deadline = tree.deadline(Duration.ZERO);
        assertThrows(TimeoutException.class, () -> deadline.run(UnresponsiveBody::swallowTwo));
        assertFalse(Thread.interrupted());
        Task<Void> cancelled = tree.blocked();
        cancelled.cancel();
        assertThrows(CancellationException.class, cancelled::join);
        assertTrue(cancelled.isDone());
    }
}
