package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;

/** Who failed first, who later, and what is thrown of it: all of it, once, and none logged. */
class TaskScopeFailuresTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException first = new IOException("first");
    private final IOException second = new IOException("second");

    @FunctionalInterface
    private interface NoResult {
        void run(TaskGroup group) throws Exception;
    }

    /** What comes out of a scope with this body; nothing of it is logged. */
    private <X extends Throwable> X thrownBy(Class<X> type, NoResult body) {
        try (var log = new CapturedLog()) {
            X thrown = assertThrows(type, () -> runScope(body));
            assertEquals(0, log.errors("failed"), log::text);
            return thrown;
        }
    }

    private void runScope(NoResult body) throws Exception {
        TaskScope.<Void, Exception>run(
                tree.root(),
                group -> {
                    body.run(group);
                    return null;
                });
    }

    private static Task<?> startFailing(TaskGroup group, Exception exception) {
        return group.start(() -> {
            throw exception;
        });
    }

    /** Starts a child that throws when it is cut, and returns once it waits for that. */
    private static Task<Void> startFailingWhenCut(TaskGroup group, Exception exception) {
        return TestTree.startParked(
                group,
                () -> {
                    try {
                        TestTree.block();
                    } catch (InterruptedException e) {
                        throw exception;
                    }
                });
    }

    /** The failures that an exception carries as suppressed, in their order. */
    private static List<Throwable> carried(Throwable e) {
        List<Throwable> all = new ArrayList<>();
        for (Throwable suppressed : e.getSuppressed()) {
            if (suppressed instanceof ExecutionException) all.add(suppressed.getCause());
            else all.add(suppressed);
            all.addAll(carried(suppressed));
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void firstChildToFailIsTheCauseAndTheOthersAreSuppressed(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    ExecutionException.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        startFailing(group, first);
                                    });
                    assertSame(first, e.getCause());
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void bodyCancelledByAChildThrowsTheFailureOfTheChild(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    ExecutionException.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        startFailing(group, first);
                                        TestTree.block();
                                    });
                    assertSame(first, e.getCause());
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void exceptionOfACancelledBodyPrecedesTheFailureOfTheChild(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    IOException.class,
                                    group -> {
                                        startFailing(group, first);
                                        assertThrows(InterruptedException.class, TestTree::block);
                                        throw second;
                                    });
                    assertSame(second, e);
                    assertEquals(List.of(first), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatThrowsFirstCarriesFailuresOfItsCancelledChildren(ThreadKind kind)
            throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    IOException.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        throw first;
                                    });
                    assertSame(first, e);
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void errorOfTheBodyCarriesFailuresOfItsChildren(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var error = new AssertionError("on purpose");
                    var e =
                            thrownBy(
                                    AssertionError.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        throw error;
                                    });
                    assertSame(error, e);
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void cancellationThatTheBodyThrowsItselfIsNotReplacedByALaterFailure(ThreadKind kind)
            throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    CancellationException.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        Task<Void> cancelled = TestTree.blockedIn(group);
                                        cancelled.cancel("by hand");
                                        cancelled.join();
                                    });
                    assertTrue(e.getMessage().contains("by hand"), e::getMessage);
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void joinOfASiblingCancelledByAFailureThrowsThatFailure(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    ExecutionException.class,
                                    group -> {
                                        Task<Void> cut = TestTree.blockedIn(group);
                                        startFailing(group, first);
                                        Shield.call(MINUTE, () -> joined(cut));
                                    });
                    assertSame(first, e.getCause());
                });
    }

    /** In a block whose exceptions are no more than the shield can tell. */
    private static Void joined(Task<Void> task) throws InterruptedException {
        try {
            return task.join();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void joinOfTheChildThatFailedKeepsTheFailuresOfTheOthers(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    ExecutionException.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        Task<?> failing = startFailing(group, first);
                                        Shield.<Object, ExecutionException>call(
                                                MINUTE, failing::join);
                                    });
                    assertSame(first, e.getCause());
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatRethrowsTheFailureOfAChildCarriesNoRingOfIt(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    IOException.class,
                                    group -> {
                                        startFailingWhenCut(group, second);
                                        Task<?> failing = startFailing(group, first);
                                        TestTree.awaitTrue("ended", failing::isDone);
                                        throw (IOException) failing.exceptionNow();
                                    });
                    assertSame(first, e);
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void sixteenFurtherFailuresAreSuppressedAndTheRestCounted(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e = thrownBy(ExecutionException.class, this::failTwentyTimes);
                    assertSame(first, e.getCause());
                    assertEquals(17, e.getSuppressed().length);
                    assertTrue(Arrays.stream(e.getSuppressed(), 0, 16).allMatch(s -> s == second));
                    assertEquals("and 4 more failures", e.getSuppressed()[16].getMessage());
                });
    }

    private void failTwentyTimes(TaskGroup group) {
        for (int i = 0; i < 20; i++) startFailingWhenCut(group, second);
        Task<?> failing = startFailing(group, first);
        TestTree.awaitTrue("failed", () -> failing.state() == State.FAILED);
    }

    @Test
    void failureThatCannotBeSuppressedOnTheBodysExceptionIsLogged() throws Exception {
        try (var log = new CapturedLog()) {
            var deaf = new DeafException();
            ScopeBody<Void, DeafException> body =
                    group -> {
                        Task<?> task = startFailing(group, first);
                        TestTree.awaitTrue("failed", task::isDone);
                        throw deaf;
                    };
            assertThrows(DeafException.class, () -> TaskScope.run(tree.root(), body));
            assertEquals(1, log.errors("no code observed"));
        }
    }

    @SuppressWarnings("serial") // has no state
    private static final class DeafException extends Exception {
        DeafException() {
            super("takes nothing suppressed", null, false, false);
        }
    }

    @Test
    void foreignInterruptPrecedesAFailureOnAThread() {
        var e =
                thrownBy(
                        InterruptedException.class,
                        group -> {
                            Thread.currentThread().interrupt();
                            try {
                                Task.checkCancelled();
                            } finally {
                                Task<?> task = startFailing(group, first);
                                TestTree.awaitTrue("failed", task::isDone);
                            }
                        });
        assertSame(first, e.getSuppressed()[0].getCause());
        Thread.interrupted();
    }
}
