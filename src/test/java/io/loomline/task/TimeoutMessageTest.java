package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** The messages of timeouts: each names its subject, its state and the time, and nothing twice. */
class TimeoutMessageTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    /** Runs a body in a task and returns its timeout, which must have come by a deadline. */
    private TimeoutException timeoutOf(TaskBody body, Duration advance) throws Exception {
        Task<Void> task = tree.root().start("reader", body);
        tree.clock().awaitTimers(1);
        tree.clock().advance(advance);
        return timeoutOf(task);
    }

    private static TimeoutException timeoutOf(Task<?> task) {
        var failed = assertThrows(ExecutionException.class, task::join);
        return assertInstanceOf(TimeoutException.class, failed.getCause());
    }

    @Test
    void deadlineNamesItsDurationAndTask() throws Exception {
        Deadline deadline = tree.deadline(SECOND);
        TimeoutException e = timeoutOf(() -> deadline.run(TestTree::block), SECOND);
        assertEquals("the deadline of PT1S expired in task 'reader'", e.getMessage());
    }

    @Test
    void deadlineOutsideTasksNamesTheThread() {
        Deadline deadline = tree.deadline(Duration.ZERO);
        var e = assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
        String thread = Thread.currentThread().getName();
        assertEquals("the deadline of PT0S expired in thread '" + thread + "'", e.getMessage());
    }

    @Test
    void movedDeadlineNamesBothDurations() throws Exception {
        Deadline deadline = tree.deadline(SECOND);
        deadline.moveTo(Duration.ofSeconds(5));
        TimeoutException e = timeoutOf(() -> deadline.run(TestTree::block), Duration.ofSeconds(5));
        assertEquals(
                "the deadline of PT5S (moved, at first PT1S) expired in task 'reader'",
                e.getMessage());
    }

    @Test
    void moveAfterTheExpiryDoesNotChangeTheMessage() {
        Deadline deadline = tree.deadline(Duration.ZERO);
        var e =
                assertThrows(
                        TimeoutException.class,
                        () ->
                                deadline.run(() -> {
                                    deadline.moveTo(SECOND);
                                    TestTree.block();
                                }));
        assertEquals(
                "the deadline of PT0S expired in thread '%s'"
                        .formatted(Thread.currentThread().getName()),
                e.getMessage());
    }

    @Test
    void blockingCallInsideNamesTheDeadlineAndItsTask() throws Exception {
        Deadline deadline = tree.deadline(SECOND);
        Task<Void> blocked = tree.blocked();
        TimeoutException e = timeoutOf(() -> deadline.run(blocked::join), SECOND);
        assertEquals(
                "cancelled: the deadline of PT1S expired (task 'reader')",
                assertInstanceOf(InterruptedException.class, e.getCause()).getMessage());
    }

    @Test
    void taskOfAGroupInsideHasTheDeadlineAsItsReason() throws Exception {
        Deadline deadline = tree.deadline(SECOND);
        var inner = new AtomicReference<Task<?>>();
        TimeoutException e = timeoutOf(() -> deadline.run(() -> joinBlockedChild(inner)), SECOND);
        assertEquals("the deadline of PT1S expired in task 'reader'", e.getMessage());
        assertEquals(Optional.of("the deadline of PT1S expired"), inner.get().cancelReason());
    }

    private void joinBlockedChild(AtomicReference<Task<?>> started) throws InterruptedException {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            started.set(group.start(TestTree::block));
            TestTree.block();
        }
    }

    @Test
    void joinNamesTheTaskItsStateAndTheTimeout() throws Exception {
        Task<Void> target = tree.root().start("slow", TestTree::block);
        TimeoutException e = timeoutOf(() -> target.join(SECOND), SECOND);
        assertEquals("task 'slow' is still running after PT1S", e.getMessage());
        assertNull(e.getCause());
    }

    @Test
    void joinOfACancelledTaskNamesTheReason() throws Exception {
        var body = new UnresponsiveBody(tree.clock());
        Task<Void> target = tree.root().start("slow", body);
        TestTree.awaitTrue("waits", body::isWaiting); // cancelled before, it would never run
        target.cancel("shutdown");
        var e = assertThrows(TimeoutException.class, () -> target.join(Duration.ZERO));
        assertEquals(
                "task 'slow' is cancelled (shutdown) but still running after PT0S", e.getMessage());
        body.end();
    }

    @Test
    void awaitNamesTheGroupAndTheNumberOfTasksLeft() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        TestTree.blockedIn(group);
        var e = assertThrows(TimeoutException.class, () -> group.await(Duration.ZERO));
        assertEquals("group 'root/SUPERVISE' has 1 running task left after PT0S", e.getMessage());
        TestTree.blockedIn(group.child(GroupOptions.DEFAULT));
        e = assertThrows(TimeoutException.class, () -> group.await(Duration.ZERO));
        assertEquals("group 'root/SUPERVISE' has 2 running tasks left after PT0S", e.getMessage());
    }

    @Test
    void awaitKeepsTheFailuresSuppressed() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var body = new UnresponsiveBody(tree.clock());
        group.start(body);
        var failure = new IOException("on purpose");
        Task<?> failing =
                group.start(() -> {
                    throw failure;
                });
        TestTree.awaitTrue("failed", failing::isDone);
        var e = assertThrows(TimeoutException.class, () -> group.await(Duration.ZERO));
        assertEquals("group 'root/FAIL_FAST' has 1 running task left after PT0S", e.getMessage());
        Throwable suppressed = e.getCause().getSuppressed()[0];
        assertSame(failure, suppressed.getCause());
        body.end();
    }
}
