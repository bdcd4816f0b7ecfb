package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The group of a scope belongs to the group in which it was opened, wherever its body runs: in a
 * task of that group, or on a thread that is outside of it.
 */
class TaskScopeHostTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    /** Hands children out of the scope that has them. */
    private final BlockingQueue<Task<?>> children = new LinkedBlockingQueue<>();

    private final CountDownLatch mayEnd = new CountDownLatch(1);

    @ParameterizedTest
    @EnumSource
    void cancelOfTheCallerReachesTheChildren(ThreadKind kind) throws Exception {
        Task<Void> canceller = tree.root().start(this::cancelHostOfNextChild);
        assertThrows(
                Exception.class, // the body's own join, or the cancel of the task it runs in
                () ->
                        kind.run(
                                tree,
                                () ->
                                        TaskScope.run(
                                                tree.root(),
                                                group -> {
                                                    Task<Void> child = TestTree.blockedIn(group);
                                                    children.add(child);
                                                    return child.join();
                                                })));
        TestTree.awaitTrue("ended", canceller::isDone);
        assertEquals(State.SUCCESS, canceller.state());
    }

    private void cancelHostOfNextChild() throws InterruptedException {
        Task<?> child = children.take();
        tree.root().cancel("from the host");
        assertTrue(child.group().isCancelled());
        TestTree.awaitTrue("cut", child::isDone);
        assertEquals(State.CANCELLED, child.state());
    }

    @ParameterizedTest
    @EnumSource
    void childThatWouldWaitForItselfIsRefused(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        TaskScope.run(
                                tree.root(),
                                group -> group.start("inside", this::assertWaitsRefused).join()));
    }

    private void assertWaitsRefused() {
        TaskGroup root = tree.root();
        assertThrows(IllegalStateException.class, root::await);
        assertThrows(IllegalStateException.class, root::close);
        assertThrows(IllegalStateException.class, () -> root.gather(List.of(() -> 1)));
        assertFalse(root.isCancelled());
    }

    @ParameterizedTest
    @EnumSource
    void groupOpenedInAChildIsInsideThatChild(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    TaskScope.run(
                            tree.root(),
                            group ->
                                    group.start(
                                                    "inside",
                                                    () -> {
                                                        TaskGroup own =
                                                                tree.root()
                                                                        .open(GroupOptions.DEFAULT);
                                                        children.add(TestTree.blockedIn(own));
                                                    })
                                            .join());
                    assertEquals(State.CANCELLED, children.take().state());
                });
    }

    @ParameterizedTest
    @EnumSource
    void cancelReachesTheScopeOfAnUnresponsiveChild(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () ->
                        TaskScope.run(
                                tree.root(),
                                group -> {
                                    Task<?> outer = group.start(this::runScopeThatDoesNotListen);
                                    Task<?> inner = children.take();
                                    outer.cancel();
                                    TestTree.awaitTrue("cut", inner::isDone);
                                    mayEnd.countDown();
                                    outer.cancelAndJoin();
                                    return null;
                                }));
    }

    private void runScopeThatDoesNotListen() throws InterruptedException, ExecutionException {
        TaskScope.run(
                tree.root(),
                group -> {
                    children.add(TestTree.blockedIn(group));
                    TestTree.awaitTrue("may end", () -> mayEnd.getCount() == 0);
                    return null;
                });
    }

    @ParameterizedTest
    @EnumSource
    void failureNamesThePathFromTheRoot(ThreadKind kind) throws Exception {
        kind.run(
                tree,
                () -> {
                    var e =
                            assertThrows(
                                    ExecutionException.class,
                                    () ->
                                            TaskScope.run(
                                                    tree.root(),
                                                    group ->
                                                            TestTree.startFailing(
                                                                    group, new IOException())));
                    assertTrue(e.getMessage().startsWith("group 'root/"), e::getMessage);
                });
    }

    @ParameterizedTest
    @EnumSource
    void callersGroupClosedFromOutsideEndsTheChildrenBeforeItsCloseReturns(ThreadKind kind)
            throws Exception {
        TaskGroup host = tree.root().child(GroupOptions.DEFAULT.withName("host"));
        Task<Void> closer = tree.root().start(() -> closeHostOfNextChild(host));
        kind.run(
                tree,
                () ->
                        assertThrows(
                                CancellationException.class,
                                () ->
                                        TaskScope.run(
                                                host,
                                                group -> {
                                                    Task<Void> child = TestTree.blockedIn(group);
                                                    children.add(child);
                                                    return child.join();
                                                })));
        closer.join();
        assertFalse(Thread.interrupted());
    }

    private void closeHostOfNextChild(TaskGroup host) throws InterruptedException {
        Task<?> child = children.take();
        host.close();
        assertEquals(State.CANCELLED, child.state());
        assertThrows(IllegalStateException.class, () -> child.group().start(() -> {}));
        assertThrows(IllegalStateException.class, () -> TaskScope.run(host, _ -> null));
        TestTree.assertNothingIsLeftIn(host);
    }

    @ParameterizedTest
    @EnumSource
    void callersGroupClosedAfterTheBodyEndsTheScopeWithoutFailure(ThreadKind kind)
            throws Exception {
        TaskGroup host = tree.root().child(GroupOptions.DEFAULT.withName("host"));
        Task<Void> closer = tree.root().start(() -> closeHostOfNextChild(host));
        kind.run(
                tree,
                () -> {
                    String value =
                            TaskScope.run(
                                    host,
                                    group -> {
                                        children.add(TestTree.blockedIn(group));
                                        return "value";
                                    });
                    assertSame("value", value);
                });
        closer.join();
    }
}
