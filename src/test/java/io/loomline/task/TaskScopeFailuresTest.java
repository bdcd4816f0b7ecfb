package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

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

/** Several failures in one scope: each is thrown once, in order, and none is logged. */
class TaskScopeFailuresTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException first = new IOException("first");
    private final IOException second = new IOException("second");

    /** The exception of a scope with this body, which must not be logged. */
    private <X extends Throwable> X thrownBy(Class<X> type, TestTree.ScopeCode body) {
        try (var log = new CapturedLog()) {
            X thrown = assertThrows(type, () -> tree.runScope(body));
            assertEquals(0, log.errors("failed"), log::text);
            return thrown;
        }
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
                                        TestTree.startFailingOnCancel(group, second);
                                        TestTree.startFailing(group, first);
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
                                        TestTree.startFailingOnCancel(group, second);
                                        TestTree.startFailing(group, first);
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
                                        TestTree.startFailing(group, first);
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
                                        TestTree.startFailingOnCancel(group, second);
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
                                        TestTree.startFailingOnCancel(group, second);
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
                                        TestTree.startFailingOnCancel(group, second);
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
                                        TestTree.startFailing(group, first);
                                        Shield.call(MINUTE, () -> joined(cut));
                                    });
                    assertSame(first, e.getCause());
                });
    }

    /** Declares only exceptions that a shield's body may declare. */
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
                                        TestTree.startFailingOnCancel(group, second);
                                        Task<?> failing = TestTree.startFailing(group, first);
                                        Shield.<Object, ExecutionException>call(
                                                MINUTE, failing::join);
                                    });
                    assertSame(first, e.getCause());
                    assertEquals(List.of(second), carried(e));
                });
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatRethrowsTheFailureOfAChildCarriesNoCycleOfCauses(ThreadKind kind)
            throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            thrownBy(
                                    IOException.class,
                                    group -> {
                                        TestTree.startFailingOnCancel(group, second);
                                        Task<?> failing = TestTree.startFailing(group, first);
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
        for (int i = 0; i < 20; i++) TestTree.startFailingOnCancel(group, second);
        Task<?> failing = TestTree.startFailing(group, first);
        TestTree.awaitTrue("failed", () -> failing.state() == State.FAILED);
    }

    @Test
    void failureThatCannotBeSuppressedOnTheBodysExceptionIsLogged() throws Exception {
        try (var log = new CapturedLog()) {
            var exception = new UnsuppressibleException();
            ScopeBody<Void, UnsuppressibleException> body =
                    group -> {
                        Task<?> task = TestTree.startFailing(group, first);
                        TestTree.awaitTrue("failed", task::isDone);
                        throw exception;
                    };
            assertThrows(UnsuppressibleException.class, () -> TaskScope.run(tree.root(), body));
            assertEquals(1, log.errors("no code observed"));
        }
    }

    @SuppressWarnings("serial") // has no state
    private static final class UnsuppressibleException extends Exception {
        UnsuppressibleException() {
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
                                Task<?> task = TestTree.startFailing(group, first);
                                TestTree.awaitTrue("failed", task::isDone);
                            }
                        });
        assertSame(first, e.getSuppressed()[0].getCause());
        Thread.interrupted();
    }
}
