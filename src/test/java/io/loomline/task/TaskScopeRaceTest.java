package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** A failure or a cancel that meets the end of the body. */
class TaskScopeRaceTest {
    private static final int ROUNDS = 200;

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    private void fail() throws IOException {
        throw failure;
    }

    @Test
    void failureThatRacesTheEndOfTheBodyIsThrownAndLeavesNoInterrupt() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var mayFail = new CountDownLatch(1);
            TestTree.race(round, () -> assertScopeFails(mayFail), mayFail::countDown);
            assertFalse(Thread.interrupted(), "an interrupt was left behind");
        }
    }

    private void assertScopeFails(CountDownLatch mayFail) {
        var e =
                assertThrows(
                        ExecutionException.class,
                        () ->
                                TaskScope.run(
                                        tree.root(), group -> group.start(() -> failAt(mayFail))));
        assertSame(failure, e.getCause());
    }

    private void failAt(CountDownLatch mayFail) throws Exception {
        mayFail.await();
        fail();
    }

    @Test
    void failureThatRacesItsJoinInTheBodyIsThrownOnce() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var e =
                    assertThrows(
                            ExecutionException.class,
                            () ->
                                    TaskScope.run(
                                            tree.root(), group -> group.start(this::fail).join()));
            assertSame(failure, e.getCause());
            assertTrue(e.getSuppressed().length == 0);
            assertFalse(Thread.interrupted(), "an interrupt was left behind");
        }
    }

    @Test
    void cancelThatRacesTheEndOfAScopeLeavesNoChildAndNoInterrupt() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Task<Void>> task =
                    tree.root()
                            .start(() ->
                                    TaskScope.run(
                                            tree.root(),
                                            group -> group.start(() -> Task.checkCancelled())));
            TestTree.race(round, task::cancel, () -> {});
            TestTree.awaitTrue("ended", task::isDone);
            assertTrue(task.children().isEmpty());
            if (!task.isCancelled()) assertTrue(task.join().isDone());
        }
    }

    @Test
    void outerDeadlineThatRacesAFailureGivesOneOfThemAndLeavesNoInterrupt() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Deadline deadline = tree.deadline(Duration.ofSeconds(1));
            TestTree.race(
                    round,
                    () ->
                            assertThrows(
                                    Exception.class,
                                    () -> deadline.<Exception>run(this::failBlocked)),
                    () -> deadline.moveTo(Duration.ZERO));
            assertFalse(Thread.interrupted(), "an interrupt was left behind");
        }
    }

    private void failBlocked() throws Exception {
        TaskScope.run(
                tree.root(),
                group -> {
                    group.start(this::fail);
                    return group.start(TestTree::block).join();
                });
    }
}
