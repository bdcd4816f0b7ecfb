package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.concurrent.Event;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeoutException;

/** Where a cancel from outside meets a failure inside, the cancel is thrown and carries it. */
class OuterCancelTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    /** A group opened where the caller stands, in which a task has failed. */
    private TaskGroup failedGroup() {
        TaskGroup group = tree.root().open(GroupOptions.DEFAULT);
        assertThrows(ExecutionException.class, startFailing(group)::join);
        return group;
    }

    private Task<Object> startFailing(TaskGroup group) {
        return group.start(() -> {
            throw failure;
        });
    }

    /** Runs the code in a task and hands its exceptions on. */
    private void inTask(TaskBody body) throws Exception {
        tree.root().start(body).join();
    }

    @Test
    void awaitThrowsTheCancelAndCarriesTheFailure() throws Exception {
        inTask(() -> {
            TaskGroup group = failedGroup();
            Task.current().cancel("from outside");
            var e = assertThrows(InterruptedException.class, group::await);
            assertCarries(failure, e);
        });
    }

    @Test
    void awaitThatWasCancelledBeforeTheLastTaskEndedCarriesTheFailure() throws Exception {
        for (int round = 0; round < 20; round++) inTask(this::awaitCancelledByTheLast);
    }

    private void awaitCancelledByTheLast() {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            Task<?> self = Task.current();
            var go = new Event();
            TestTree.startParked(
                    group,
                    () -> {
                        go.awaitUninterruptibly();
                        self.cancel("from outside");
                    });
            assertThrows(ExecutionException.class, startFailing(group)::join);
            tree.root().start(() -> fireWhenParked(go, self));
            var e = assertThrows(InterruptedException.class, group::await);
            assertCarries(failure, e);
        }
    }

    private static void fireWhenParked(Event event, Task<?> task) {
        TestTree.awaitParked(task.thread());
        event.fire();
    }

    @Test
    void timeoutOfAnAwaitCarriesTheFailure() throws Exception {
        inTask(() -> {
            try (TaskGroup group = failedGroup()) {
                var e =
                        assertThrows(
                                TimeoutException.class,
                                () -> tree.deadline(Duration.ZERO).<Exception>run(group::await));
                assertCarries(failure, e);
            }
        });
    }

    @Test
    void outermostOfSeveralTimeoutsCarriesTheFailure() throws Exception {
        inTask(() -> {
            try (TaskGroup group = failedGroup()) {
                Deadline outer = tree.deadline(Duration.ZERO);
                Deadline inner = tree.deadline(Duration.ZERO);
                var e =
                        assertThrows(
                                TimeoutException.class,
                                () ->
                                        outer.<Exception>run(
                                                () -> inner.<Exception>run(group::await)));
                assertCarries(failure, e);
            }
        });
    }

    @Test
    void cancelThatBeatsATimeoutCarriesTheFailure() throws Exception {
        inTask(() -> {
            TaskGroup group = failedGroup();
            Deadline expired = tree.deadline(Duration.ZERO);
            Task.current().cancel("from outside");
            var e =
                    assertThrows(
                            InterruptedException.class, () -> expired.<Exception>run(group::await));
            assertCarries(failure, e);
        });
    }

    @Test
    void gatherThrowsTheCancelAndCarriesTheFailure() throws Exception {
        inTask(() -> {
            try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
                Task<?> self = Task.current();
                Callable<Void> cleanUpFails =
                        () -> {
                            tree.root().start(() -> cancelWhenParked(self));
                            assertThrows(InterruptedException.class, TestTree::block);
                            throw failure;
                        };
                var e =
                        assertThrows(
                                InterruptedException.class,
                                () -> group.gather(List.of(cleanUpFails)));
                assertCarries(failure, e);
            }
        });
    }

    private static void cancelWhenParked(Task<?> task) {
        TestTree.awaitParked(task.thread());
        task.cancel("from outside");
    }

    @Test
    void gatherThatIsCancelledWhileItWaitsForTheRestThrowsTheCancel() throws Exception {
        inTask(() -> {
            try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
                Task<?> self = Task.current();
                Callable<Object> fails =
                        () -> {
                            throw failure;
                        };
                Callable<Object> cancelsTheCaller =
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            self.cancel("from outside");
                            return 7;
                        };
                var e =
                        assertThrows(
                                InterruptedException.class,
                                () -> group.gather(List.of(cancelsTheCaller, fails)));
                assertCarries(failure, e);
            }
        });
    }

    @Test
    void groupsWaitForTheirTasksAlthoughTheirOpenerIsCancelled() throws Exception {
        List<Task<Void>> children = Collections.synchronizedList(new ArrayList<>());
        Task<Void> opener =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
                                for (int i = 0; i < 5; i++) {
                                    children.add(TestTree.blockedIn(group));
                                }
                                group.await();
                            }
                            Task.checkCancelled();
                        });
        TestTree.awaitTrue("all run", () -> children.size() == 5);
        TestTree.awaitParked(opener.thread());
        opener.cancelAndJoin();
        assertEquals(State.CANCELLED, opener.state());
        assertTrue(children.stream().allMatch(Task::isCancelled));
    }

    @Test
    void failureOfTheBodyItselfIsNotMaskedByItsCancel() {
        Task<Object> task =
                tree.root()
                        .start(() -> {
                            Task.current().cancel("from outside");
                            throw failure;
                        });
        var e = assertThrows(ExecutionException.class, () -> task.join(SECOND));
        assertSame(failure, e.getCause());
    }

    /** Whether the failure is among the causes and suppressed exceptions. */
    private static void assertCarries(Throwable failure, Throwable thrown) {
        Set<Throwable> found = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(thrown, found);
        assertTrue(found.contains(failure), () -> "lost by " + thrown + ", which has " + found);
    }

    private static void collect(Throwable e, Set<Throwable> found) {
        if (e == null || !found.add(e)) return;
        collect(e.getCause(), found);
        for (Throwable suppressed : e.getSuppressed()) collect(suppressed, found);
    }
}
