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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeoutException;

/** Scopes in scopes, scopes in deadlines, deadlines in scopes. */
class NestedTaskScopeTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");
    private final List<Task<Void>> children = Collections.synchronizedList(new ArrayList<>());

    private void addBlocked(TaskGroup group) {
        children.add(TestTree.blockedIn(group));
    }

    private void startFailing(TaskGroup group) {
        group.start(() -> {
            throw failure;
        });
    }

    private ExecutionException failureOf(TestTree.ScopeCode code) {
        return assertThrows(ExecutionException.class, () -> tree.runScope(code));
    }

    private void assertAllCancelled(int count) {
        assertEquals(count, children.size());
        for (Task<Void> child : children) assertEquals(State.CANCELLED, child.state());
    }

    @ParameterizedTest
    @EnumSource
    void failureInTheInnerScopeLeavesBothAndCancelsBoth(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            assertThrows(
                                    ExecutionException.class, () -> tree.runScope(this::failInner));
                    assertSame(failure, e.getCause());
                    assertEquals(0, e.getSuppressed().length);
                    assertAllCancelled(2);
                });
    }

    private void failInner(TaskGroup outer) throws Exception {
        addBlocked(outer);
        tree.runScope(inner -> {
            addBlocked(inner);
            startFailing(inner);
        });
    }

    @ParameterizedTest
    @EnumSource
    void failureInTheInnerScopeThatIsCaughtDoesNotAffectTheOuterOne(ThreadKind kind)
            throws Exception {
        kind.run(
                tree,
                () ->
                        tree.runScope(outer -> {
                            var mayEnd = new CountDownLatch(1);
                            Task<Void> child = outer.start(() -> mayEnd.await());
                            failureOf(this::startFailing);
                            assertFalse(outer.isCancelled());
                            Task.checkCancelled();
                            mayEnd.countDown();
                            child.join();
                        }));
    }

    @ParameterizedTest
    @EnumSource
    void failureInTheOuterScopeCancelsTheInnerBodyAndItsChildren(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e = failureOf(outer -> tree.runScope(inner -> failOuter(outer, inner)));
                    assertSame(failure, e.getCause());
                    assertAllCancelled(2);
                });
    }

    private void failOuter(TaskGroup outer, TaskGroup inner) throws InterruptedException {
        addBlocked(outer);
        addBlocked(inner);
        startFailing(outer);
        TestTree.block();
    }

    @ParameterizedTest
    @EnumSource
    void failureInTheOuterScopeReachesTheChildrenOfAnUnresponsiveInnerBody(ThreadKind kind)
            throws Exception {
        kind.run(
                tree,
                () -> failureOf(outer -> tree.runScope(inner -> ignoreFailureOf(outer, inner))));
    }

    private void ignoreFailureOf(TaskGroup outer, TaskGroup inner) {
        addBlocked(inner);
        startFailing(outer);
        TestTree.awaitTrue("cut", () -> children.getFirst().isDone());
        assertTrue(inner.isCancelled());
        assertAllCancelled(1);
    }

    @ParameterizedTest
    @EnumSource
    void failureOfAChildWithItsOwnScopePassesBoth(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            failureOf(outer -> {
                                addBlocked(outer);
                                outer.start(() -> tree.runScope(this::startFailing));
                            });
                    assertSame(failure, e.getCause().getCause());
                    assertAllCancelled(1);
                });
    }

    @Test
    void deadlineAroundAScopeCancelsBodyAndChildrenAndJoinsThem() throws Exception {
        Task<TimeoutException> task =
                tree.root()
                        .start(() ->
                                assertThrows(
                                        TimeoutException.class,
                                        () ->
                                                tree.deadline(SECOND)
                                                        .<Exception>run(() ->
                                                                tree.runScope(this::addBlocked))));
        TestTree.awaitTrue("started", () -> !children.isEmpty());
        TestTree.awaitParked(task.thread());
        tree.clock().advance(SECOND);
        task.join();
        assertAllCancelled(1);
    }

    @Test
    void deadlineAroundAScopeOnAThreadCancelsBodyAndChildren() {
        Deadline deadline = tree.deadline(SECOND);
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.<Exception>run(() ->
                                tree.runScope(group -> {
                                    addBlocked(group);
                                    tree.clock().advance(SECOND);
                                    TestTree.block();
                                })));
        assertAllCancelled(1);
        assertFalse(Thread.interrupted());
    }

    @ParameterizedTest
    @EnumSource
    void deadlineAroundAScopeCarriesAFailureItCaused(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    Deadline deadline = tree.deadline(SECOND);
                    var e =
                            assertThrows(
                                    TimeoutException.class,
                                    () ->
                                            deadline.<Exception>run(
                                                    () -> tree.runScope(this::failAsCut)));
                    Throwable carrier = e.getCause();
                    assertEquals(1, carrier.getSuppressed().length);
                    assertSame(failure, carrier.getSuppressed()[0].getCause());
                });
    }

    private void failAsCut(TaskGroup group) throws InterruptedException {
        TestTree.startParked(
                group,
                () -> {
                    assertThrows(InterruptedException.class, TestTree::block);
                    throw failure;
                });
        tree.clock().advance(SECOND);
        TestTree.block();
    }

    @ParameterizedTest
    @EnumSource
    void deadlineInTheBodyDoesNotAffectTheChildren(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        tree.runScope(group -> {
                            var mayEnd = new CountDownLatch(1);
                            Task<Void> child = group.start(() -> mayEnd.await());
                            Deadline passed = tree.deadline(Duration.ZERO);
                            assertThrows(TimeoutException.class, () -> passed.run(TestTree::block));
                            mayEnd.countDown();
                            child.join();
                        }));
    }
}
