package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicInteger;

/** A body with its children: its result or exception, and no child left when it returns. */
class TaskScopeTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");
    private final List<Task<?>> children = new ArrayList<>();

    private Task<Void> startBlocked(TaskGroup group) {
        Task<Void> child = TestTree.blockedIn(group);
        children.add(child);
        return child;
    }

    private Task<Object> startFailing(TaskGroup group) {
        return group.start(() -> {
            throw failure;
        });
    }

    private void assertChildrenEnded(State state) {
        for (Task<?> child : children) assertEquals(state, child.state());
    }

    @ParameterizedTest
    @EnumSource
    void valueOfTheBodyComesOutWhenTheChildrenHaveEnded(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var mayEnd = new CountDownLatch(1);
                    String value =
                            TaskScope.run(
                                    tree.root(),
                                    group -> {
                                        children.add(group.start(() -> mayEnd.await()));
                                        group.start(mayEnd::countDown);
                                        return "value";
                                    });
                    assertEquals("value", value);
                    assertChildrenEnded(State.SUCCESS);
                });
    }

    @ParameterizedTest
    @EnumSource
    void bodyWithoutChildrenReturnsItsValue(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    assertNull(TaskScope.run(tree.root(), _ -> null));
                    assertEquals(1, TaskScope.<Integer, Exception>run(tree.root(), _ -> 1));
                });
    }

    @ParameterizedTest
    @EnumSource
    void childrenOfChildrenAreWaitedForToo(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var ended = new AtomicInteger();
                    TaskScope.run(
                            tree.root(), group -> group.start(() -> startChain(group, 50, ended)));
                    assertEquals(50, ended.get());
                });
    }

    private static void startChain(TaskGroup group, int length, AtomicInteger ended) {
        if (length > 1) group.start(() -> startChain(group, length - 1, ended));
        ended.incrementAndGet();
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatThrowsCancelsAndJoinsTheChildrenFirst(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var thrown =
                            assertThrows(
                                    IOException.class,
                                    () ->
                                            TaskScope.run(
                                                    tree.root(),
                                                    group -> {
                                                        startBlocked(group);
                                                        startBlocked(group);
                                                        throw failure;
                                                    }));
                    assertSame(failure, thrown);
                    assertEquals(0, thrown.getSuppressed().length);
                    assertChildrenEnded(State.CANCELLED);
                });
    }

    @ParameterizedTest
    @EnumSource
    void errorOfTheBodyCancelsAndJoinsTheChildrenFirst(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var error = new StackOverflowError("on purpose");
                    var thrown =
                            assertThrows(
                                    StackOverflowError.class,
                                    () ->
                                            TaskScope.run(
                                                    tree.root(),
                                                    group -> {
                                                        startBlocked(group);
                                                        throw error;
                                                    }));
                    assertSame(error, thrown);
                    assertChildrenEnded(State.CANCELLED);
                });
    }

    @ParameterizedTest
    @EnumSource
    void childThatFailsWhileTheBodyIsBlockedCancelsItAndIsThrown(ThreadKind kind) throws Exception {
        kind.run(tree, () -> assertThrowsFailure(this::failWhileBlocked));
    }

    private void failWhileBlocked(TaskGroup group) throws InterruptedException {
        startBlocked(group);
        startFailing(group);
        TestTree.block();
    }

    /** Runs the body with a failing child; the scope throws exactly that failure. */
    private void assertThrowsFailure(TestTree.ScopeCode body) {
        var e = assertThrows(ExecutionException.class, () -> tree.runScope(body));
        assertSame(failure, e.getCause());
        assertEquals(0, e.getSuppressed().length);
        assertChildrenEnded(State.CANCELLED);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @ParameterizedTest
    @EnumSource
    void childThatFailsAfterTheBodyIsThrown(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        assertThrowsFailure(group -> {
                            startBlocked(group);
                            startFailing(group);
                        }));
    }

    @ParameterizedTest
    @EnumSource
    void childThatFailsIsThrownThoughTheBodyReturnsAValue(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        assertThrowsFailure(group -> {
                            startFailing(group);
                            assertThrows(InterruptedException.class, TestTree::block);
                        }));
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatSwallowsTheCancelIsInterruptedAgain(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        assertThrowsFailure(group -> {
                            startFailing(group);
                            assertThrows(InterruptedException.class, TestTree::block);
                            for (int i = 0; i < 3; i++) assertCut(group);
                            startBlockedUnlessCancelled(group);
                            throw new InterruptedException();
                        }));
    }

    private static void assertCut(TaskGroup group) {
        var e = assertThrows(InterruptedException.class, Task::checkCancelled);
        assertTrue(e.getMessage().contains("on purpose"), e::getMessage);
        assertTrue(group.isCancelled());
    }

    private static void startBlockedUnlessCancelled(TaskGroup group) throws InterruptedException {
        Task<Void> late = group.start(TestTree::block);
        Shield.run(Duration.ofMinutes(1), late::cancelAndJoin);
        assertEquals(State.CANCELLED, late.state());
    }

    @ParameterizedTest
    @EnumSource
    void childThatIsCancelledByHandIsNoFailure(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        tree.runScope(group -> {
                            Task<Void> child = startBlocked(group);
                            Task<String> other = group.start(() -> "goes on");
                            child.cancelAndJoin();
                            assertEquals("goes on", other.join());
                            assertFalse(group.isCancelled());
                        }));
        assertChildrenEnded(State.CANCELLED);
    }

    @ParameterizedTest
    @EnumSource
    void groupIsClosedWhenTheScopeIsLeft(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    TaskGroup group =
                            TaskScope.<TaskGroup, RuntimeException>run(tree.root(), g -> g);
                    assertThrows(IllegalStateException.class, () -> group.start(() -> {}));
                    TestTree.assertNothingIsLeftIn(group);
                });
    }

    @Test
    void missingBodyAndClosedParentAreRefused() {
        TaskGroup parent = tree.root().child(GroupOptions.DEFAULT);
        assertThrows(NullPointerException.class, () -> TaskScope.run(parent, null));
        parent.close();
        var ran = new AtomicInteger();
        assertThrows(
                IllegalStateException.class,
                () -> TaskScope.run(parent, _ -> ran.incrementAndGet()));
        assertEquals(0, ran.get());
    }

    @Test
    void supervisedScopeOutlivesTheFailureOfATask() throws Exception {
        var supervised = GroupOptions.DEFAULT.withPolicy(GroupOptions.Policy.SUPERVISE);
        String result =
                TaskScope.run(
                        tree.root(),
                        supervised,
                        group -> {
                            Task<Integer> failing = group.start(() -> Integer.parseInt("seven"));
                            assertThrows(ExecutionException.class, failing::join);
                            return group.start(() -> "goes on").join();
                        });
        assertEquals("goes on", result);
    }
}
