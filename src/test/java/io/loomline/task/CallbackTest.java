package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future.State;

/**
 * Callbacks run on the thread of a task that has ended; their failures and groups must not be lost.
 */
class CallbackTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    /** A task of this group that ends when it may. */
    private Task<Void> startIn(TaskGroup group) {
        return group.start(() -> mayEnd.await());
    }

    @Test
    void callbackThatThrowsAnUndeclaredExceptionStopsNoOther() throws Exception {
        List<String> called = Collections.synchronizedList(new ArrayList<>());
        try (var log = new CapturedLog()) {
            Task<Void> task = startIn(tree.root());
            task.onDone(_ -> sneak(new IOException("on purpose")));
            task.onDone(_ -> called.add("second"));
            mayEnd.countDown();
            tree.root().await();
            assertEquals(List.of("second"), called);
            assertEquals(1, log.errors("a callback of task"), log::text);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> void sneak(Throwable e) throws X {
        throw (X) e;
    }

    @Test
    void groupOpenedInACallbackIsClosedWithItsTree() throws Exception {
        TaskGroup host = tree.group(GroupOptions.Policy.SUPERVISE);
        var left = new CompletableFuture<Task<Void>>();
        Task<Void> task = startIn(host);
        task.onDone(_ -> left.complete(TestTree.blockedIn(host.open(GroupOptions.DEFAULT))));
        mayEnd.countDown();
        task.join();
        Task<Void> orphan = left.join();
        host.close();
        assertTrue(orphan.isDone());
        assertEquals(State.CANCELLED, orphan.state());
    }

    @Test
    void scopeOpenedInACallbackIsCancelledWithItsTree() {
        TaskGroup host = tree.group(GroupOptions.Policy.SUPERVISE);
        var inside = new CompletableFuture<Task<Void>>();
        startIn(host).onDone(_ -> runScope(host, inside));
        mayEnd.countDown();
        Task<Void> child = inside.join();
        host.close();
        assertEquals(State.CANCELLED, child.state());
    }

    private static void runScope(TaskGroup host, CompletableFuture<Task<Void>> inside) {
        try {
            TaskScope.run(host, group -> inside.complete(TestTree.blockedIn(group)));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
