package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.LinkedBlockingQueue;

/** A scope that is cancelled from outside, by its own group, or by an interrupt. */
class TaskScopeCancelTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    /** Hands children out of the scope that has them. */
    private final BlockingQueue<Task<Void>> children = new LinkedBlockingQueue<>();

    private final CountDownLatch mayEnd = new CountDownLatch(1);

    private void addBlocked(TaskGroup group) {
        children.add(TestTree.blockedIn(group));
    }

    /** Adds a child that throws when it is cancelled. */
    private void addFailingOnCancel(TaskGroup group) {
        children.add(TestTree.startFailingOnCancel(group, failure));
    }

    /** Adds a child that ignores cancels until it may end. */
    private void addStubborn(TaskGroup group) {
        children.add(TestTree.startParked(group, () -> Shield.run(MINUTE, () -> mayEnd.await())));
    }

    @Test
    void cancelOfTheCallerCancelsBodyAndChildren() throws Exception {
        Task<Void> task =
                TestTree.startParked(
                        tree.root(),
                        () ->
                                TaskScope.run(
                                        tree.root(),
                                        group -> {
                                            addBlocked(group);
                                            return group.start(TestTree::block).join();
                                        }));
        task.cancel("from outside");
        var e = assertThrows(CancellationException.class, task::join);
        assertTrue(e.getMessage().contains("from outside"), e::getMessage);
        assertEquals(State.CANCELLED, children.take().state());
    }

    @Test
    void cancelOfTheCallerCutsTheWaitForTheChildren() throws Exception {
        Task<Void> task = TestTree.startParked(tree.root(), () -> tree.runScope(this::addBlocked));
        task.cancel("from outside");
        assertThrows(CancellationException.class, task::join);
        assertEquals(State.CANCELLED, children.take().state());
    }

    /** The body in a scope, in a task that ends when the scope has thrown. */
    private <X extends Throwable> Task<X> startThrowing(Class<X> type, TestTree.ScopeCode body) {
        return tree.root().start(() -> assertThrows(type, () -> tree.runScope(body)));
    }

    @Test
    void cancelOfTheCallerPrecedesAFailureThatItCaused() throws Exception {
        Task<InterruptedException> task =
                startThrowing(InterruptedException.class, this::addFailingOnCancel);
        TestTree.awaitParked(children.take().thread());
        TestTree.awaitParked(task.thread());
        task.cancel("from outside");
        assertCarriesTheFailureOnce(task.join());
    }

    private void assertCarriesTheFailureOnce(Throwable e) {
        assertEquals(1, e.getSuppressed().length);
        assertSame(failure, e.getSuppressed()[0].getCause());
        assertEquals(0, e.getSuppressed()[0].getSuppressed().length);
    }

    @Test
    void cancelOfTheCallerPrecedesAnEarlierFailureWhileOthersAreJoined() throws Exception {
        Task<InterruptedException> task =
                startThrowing(
                        InterruptedException.class,
                        group -> {
                            addStubborn(group);
                            TestTree.startFailing(group, failure);
                        });
        Task<Void> stubborn = children.take();
        TestTree.awaitTrue("failed", () -> stubborn.group().isCancelled());
        task.cancel("from outside");
        TestTree.awaitTrue("cut", () -> stubborn.group().isClosed());
        mayEnd.countDown();
        assertCarriesTheFailureOnce(task.join());
    }

    @Test
    void cancelOfTheCallerDuringTheJoinPrecedesTheFailureThatCancelledTheBody() throws Exception {
        Task<InterruptedException> task =
                startThrowing(
                        InterruptedException.class,
                        group -> {
                            addStubborn(group);
                            TestTree.startFailing(group, failure);
                            TestTree.block();
                        });
        Task<Void> stubborn = children.take();
        TestTree.awaitTrue("cut", () -> stubborn.group().isClosed());
        task.cancel("from outside");
        mayEnd.countDown();
        assertCarriesTheFailureOnce(task.join());
    }

    @Test
    void valueOfABodyWhoseChildrenHaveEndedIsNotLostToACancel() throws Exception {
        Task<String> task =
                tree.root()
                        .start(() ->
                                TaskScope.run(
                                        tree.root(),
                                        group -> {
                                            group.start(() -> {}).join();
                                            TestTree.awaitTrue("left", group::isEmpty);
                                            Task.current().cancel();
                                            return "value";
                                        }));
        assertEquals("value", task.join());
    }

    @Test
    void foreignInterruptPrecedesFailuresThatItCaused() {
        Thread caller = Thread.currentThread();
        var e =
                assertThrows(
                        InterruptedException.class,
                        () ->
                                tree.runScope(group -> {
                                    addFailingOnCancel(group);
                                    caller.interrupt();
                                    TestTree.block();
                                }));
        assertCarriesTheFailureOnce(e);
        assertFalse(Thread.interrupted());
    }

    @Test
    void foreignInterruptOfTheWaitPrecedesFailuresThatItCaused() {
        Thread caller = Thread.currentThread();
        var e =
                assertThrows(
                        InterruptedException.class,
                        () ->
                                tree.runScope(group -> {
                                    addFailingOnCancel(group);
                                    caller.interrupt();
                                }));
        assertCarriesTheFailureOnce(e);
        assertFalse(Thread.interrupted());
    }

    @Test
    void foreignInterruptWhileTheChildrenAreJoinedIsKept() {
        Thread caller = Thread.currentThread();
        var e =
                assertThrows(
                        IOException.class,
                        () ->
                                tree.runScope(group -> {
                                    startInterruptingOnCancel(group, caller);
                                    throw failure;
                                }));
        assertSame(failure, e);
        assertTrue(Thread.interrupted());
    }

    private static void startInterruptingOnCancel(TaskGroup group, Thread caller) {
        TestTree.startParked(
                group,
                () -> {
                    assertThrows(InterruptedException.class, TestTree::block);
                    TestTree.awaitParked(caller);
                    caller.interrupt();
                });
    }

    @ParameterizedTest
    @EnumSource
    void cancelOfTheGroupInTheBodyIsNoFailureAndDoesNotCancelTheBody(ThreadKind kind)
            throws Exception {
        kind.run(
                tree,
                () -> {
                    String value =
                            TaskScope.run(
                                    tree.root(),
                                    group -> {
                                        addBlocked(group);
                                        group.cancel("enough");
                                        Task.checkCancelled();
                                        return "value";
                                    });
                    assertEquals("value", value);
                    assertEquals(State.CANCELLED, children.take().state());
                });
    }

    @ParameterizedTest
    @EnumSource
    void cancelOfTheGroupByAChildIsNoFailure(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    tree.runScope(group -> {
                        addBlocked(group);
                        group.start(() -> group.cancel());
                    });
                    assertEquals(State.CANCELLED, children.take().state());
                });
    }

    @ParameterizedTest
    @EnumSource
    void failureAfterTheCancelOfTheGroupIsThrown(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            assertThrows(
                                    ExecutionException.class,
                                    () ->
                                            tree.runScope(group -> {
                                                addFailingOnCancel(group);
                                                group.cancel();
                                            }));
                    assertSame(failure, e.getCause());
                });
    }

    @Test
    void scopeWithCancelledChildrenDoesNotReturnNormally() throws Exception {
        Task<Integer> task = tree.root().start(this::returnOnceTheChildWasCut);
        assertThrows(CancellationException.class, task::join);
    }

    private int returnOnceTheChildWasCut() throws Exception {
        return TaskScope.run(
                tree.root(),
                group -> {
                    Task<Void> child = TestTree.blockedIn(group);
                    Task.current().cancel();
                    TestTree.awaitTrue("the child was cut", child::isDone);
                    return 7;
                });
    }

    @Test
    void scopeWhoseChildrenHaveEndedReturnsDespiteACancel() throws Exception {
        Task<Integer> task = tree.root().start(this::returnOnceTheChildIsThrough);
        assertEquals(7, task.join());
    }

    private int returnOnceTheChildIsThrough() throws Exception {
        return TaskScope.run(
                tree.root(),
                group -> {
                    group.start(() -> 1).join();
                    TestTree.awaitTrue("its callbacks have run, too", group::isEmpty);
                    Task.current().cancel();
                    return 7;
                });
    }
}
