package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future.State;
import java.util.concurrent.LinkedBlockingQueue;

/** A shield hides a cancel of the task until its bound has passed. */
class ShieldTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final List<String> said = new ArrayList<>();

    /** Starts a task that is cancelled before its body goes on, and returns once it waits. */
    private Task<Void> startCancelled(TaskBody body) {
        return TestTree.startParked(
                tree.root(),
                () -> {
                    Task.current().cancel("from outside");
                    body.run();
                });
    }

    @Test
    void cleanupThatBlocksInACancelledTaskRunsToItsEnd() {
        Task<Void> task = TestTree.startParked(tree.root(), this::blockAndSayGoodbye);
        task.cancel("enough");
        TestTree.awaitTrue("cleans up", () -> said.contains("cleaning up"));
        TestTree.awaitParked(task.thread());

        tree.clock().advance(SECOND);

        assertThrows(CancellationException.class, task::join);
        assertEquals(List.of("cleaning up", "goodbye"), said);
    }

    private void blockAndSayGoodbye() throws InterruptedException {
        try {
            TestTree.block();
        } finally {
            Shield.run(MINUTE, this::sayGoodbye);
        }
    }

    private void sayGoodbye() throws InterruptedException {
        said.add("cleaning up");
        Task.sleep(SECOND);
        said.add("goodbye");
    }

    @Test
    void cancelIsHiddenInsideAndSeenAgainAfterLeaving() throws Exception {
        Task<Boolean> hidden =
                tree.root()
                        .start(() -> {
                            Task.current().cancel("from outside");
                            boolean calm = Shield.call(MINUTE, ShieldTest::isCalm);
                            assertCancelled();
                            return calm;
                        });
        assertTrue(hidden.join());
    }

    private static boolean isCalm() throws InterruptedException {
        boolean interrupted = Thread.currentThread().isInterrupted();
        Task.checkCancelled();
        return !interrupted;
    }

    /** As a level: at every call, and for the JDK's calls by the interrupt status. */
    private static void assertCancelled() {
        for (int i = 0; i < 3; i++) {
            var e = assertThrows(InterruptedException.class, Task::checkCancelled);
            assertTrue(e.getMessage().contains("from outside"), e::getMessage);
            assertTrue(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void cancelThatComesInsideIsSeenAfterLeaving() throws Exception {
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            Shield.run(
                                    MINUTE,
                                    () -> {
                                        Task.current().cancel("from outside");
                                        Task.checkCancelled();
                                    });
                            assertCancelled();
                        });
        task.join();
    }

    @Test
    void blockedCallIsCancelledWhenTheBoundHasPassed() {
        Task<Void> task = startCancelled(() -> Shield.run(SECOND, () -> Task.sleep(MINUTE)));
        tree.clock().advance(SECOND);
        var e = assertThrows(CancellationException.class, task::join);
        assertTrue(e.getMessage().contains("from outside"), e::getMessage);
    }

    @Test
    void blockedCallIsNotCancelledBeforeTheBoundHasPassed() {
        Task<Void> task = startCancelled(() -> Shield.run(SECOND, () -> Task.sleep(MINUTE)));
        tree.clock().advance(SECOND.minusNanos(1));
        assertFalse(task.thread().isInterrupted());
        assertEquals(State.RUNNING, task.state());
        tree.clock().advance(Duration.ofNanos(1));
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void jdkCallInsideIsInterruptedWhenTheBoundHasPassed() {
        Task<Void> task = startCancelled(() -> Shield.run(SECOND, TestTree::block));
        tree.clock().advance(SECOND);
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void jdkCallInsideIsNotCutByACancelBeforeOrDuringIt() throws Exception {
        var queue = new LinkedBlockingQueue<String>();
        Task<Void> task = startCancelled(() -> said.add(Shield.call(MINUTE, queue::take)));
        tree.root().cancel("again");
        queue.add("taken");
        task.join();
        assertEquals(List.of("taken"), said);
    }

    @Test
    void boundThatIsOverWithoutACancelDoesNothing() throws Exception {
        Task<Void> task =
                TestTree.startParked(
                        tree.root(), () -> Shield.run(SECOND, () -> Task.sleep(MINUTE)));
        tree.clock().advance(SECOND.multipliedBy(2));
        assertFalse(task.thread().isInterrupted());
        tree.clock().advance(MINUTE);
        task.join();
    }

    @Test
    void cancelThatComesWhenTheBoundIsOverIsSeenAtOnce() {
        Task<Void> task =
                TestTree.startParked(
                        tree.root(), () -> Shield.run(SECOND, () -> Task.sleep(MINUTE)));
        tree.clock().advance(SECOND);
        task.cancel();
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void cancelSeenOnlyInTheShieldStaysLevelWhenTheBoundHasPassed() throws Exception {
        Task<Void> task =
                startCancelled(() ->
                        Shield.run(
                                SECOND,
                                () -> {
                                    assertThrows(
                                            InterruptedException.class, () -> Task.sleep(MINUTE));
                                    assertCancelled();
                                }));
        tree.clock().advance(SECOND);
        task.join();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void boundThatIsNotPositiveIsRefused(long nanos) {
        var bound = Duration.ofNanos(nanos);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Shield.run(bound, () -> said.add("ran")));
        assertTrue(e.getMessage().contains(bound.toString()), e::getMessage);
        assertEquals(List.of(), said);
    }

    @Test
    void hugeBoundNeverPasses() throws Exception {
        Task<Void> task =
                startCancelled(
                        () -> Shield.run(Duration.ofSeconds(Long.MAX_VALUE), this::sayGoodbye));
        tree.clock().advance(SECOND);
        task.join();
        assertEquals(List.of("cleaning up", "goodbye"), said);
    }

    @Test
    void missingBodyIsRefused() {
        assertThrows(NullPointerException.class, () -> Shield.call(SECOND, null));
        assertThrows(NullPointerException.class, () -> Shield.run(SECOND, null));
        assertThrows(NullPointerException.class, () -> Shield.run(null, () -> {}));
    }

    @Test
    void whatTheBodyThrowsPassesUnchanged() throws Exception {
        var failure = new IOException("on purpose");
        var error = new AssertionError("on purpose");
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            Task.current().cancel("from outside");
                            assertSame(failure, thrownThroughAShield(failure));
                            assertSame(error, thrownThroughAShield(error));
                            assertCancelled();
                        });
        task.join();
    }

    private static Throwable thrownThroughAShield(Throwable thrown) {
        return assertThrows(
                thrown.getClass(),
                () ->
                        Shield.call(
                                MINUTE,
                                () -> {
                                    if (thrown instanceof Error error) throw error;
                                    throw (IOException) thrown;
                                }));
    }

    @Test
    void leavesNoTimerBehind() throws Exception {
        Task<Integer> timers =
                tree.root()
                        .start(() -> {
                            Shield.run(MINUTE, () -> {});
                            return tree.clock().timers();
                        });
        assertEquals(0, timers.join());
    }
}
