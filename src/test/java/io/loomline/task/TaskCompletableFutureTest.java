package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;

/** A task's future ends as the task does, and cancels the task when it is cancelled. */
class TaskCompletableFutureTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    private Task<Integer> endless() {
        Task<Integer> task = tree.root().start(() -> blockForANumber());
        TestTree.awaitParked(task.thread());
        return task;
    }

    private static int blockForANumber() throws InterruptedException {
        TestTree.block();
        return 0;
    }

    @Test
    void valueCompletesTheFuture() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task =
                tree.root()
                        .start(() -> {
                            go.await();
                            return 7;
                        });
        CompletableFuture<Integer> future = task.toCompletableFuture();
        assertFalse(future.isDone());
        go.countDown();
        assertEquals(7, future.get());
        assertEquals(8, future.thenApply(n -> n + 1).get());
    }

    @Test
    void futureOfAnEndedTaskIsCompleteAtOnce() throws Exception {
        Task<Integer> task = tree.root().start(() -> 7);
        task.join();
        assertEquals(7, task.toCompletableFuture().resultNow());
    }

    @Test
    void failureCompletesTheFutureWithWhatTheBodyThrew() {
        var failure = new IOException("on purpose");
        Task<Object> task =
                tree.root()
                        .start(() -> {
                            throw failure;
                        });
        CompletableFuture<Object> future = task.toCompletableFuture();
        assertSame(failure, assertThrows(ExecutionException.class, future::get).getCause());
        assertSame(failure, assertThrows(CompletionException.class, future::join).getCause());
        assertEquals(State.FAILED, future.state());
        assertSame(failure, future.exceptionNow());
    }

    @Test
    void cancelOfTheTaskCancelsTheFuture() {
        Task<Integer> task = endless();
        CompletableFuture<Integer> future = task.toCompletableFuture();
        task.cancel("enough");
        assertThrows(CancellationException.class, future::get);
        String reason = future.handle((_, e) -> e.getMessage()).join();
        assertTrue(reason.contains("enough"), reason);
        assertTrue(future.isCancelled());
        assertEquals(State.CANCELLED, future.state());
    }

    @Test
    void cancelOfTheFutureCancelsTheTask() {
        Task<Integer> task = endless();
        CompletableFuture<Integer> future = task.toCompletableFuture();
        assertTrue(future.cancel(true));
        assertThrows(CancellationException.class, task::join);
        assertTrue(task.cancelReason().orElseThrow().contains("CompletableFuture"));
    }

    @Test
    void otherEndsOfTheFutureLeaveTheTaskAlone() {
        Task<Integer> task = endless();
        assertTrue(task.toCompletableFuture().complete(9));
        assertTrue(task.toCompletableFuture().completeExceptionally(new IOException("other")));
        task.toCompletableFuture().thenApply(n -> n + 1).cancel(true);
        assertEquals(State.RUNNING, task.state());
        assertTrue(task.cancelReason().isEmpty());
    }

    @Test
    void everyCallGivesAFutureOfItsOwn() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task =
                tree.root()
                        .start(() -> {
                            go.await();
                            return 7;
                        });
        CompletableFuture<Integer> first = task.toCompletableFuture();
        CompletableFuture<Integer> second = task.toCompletableFuture();
        assertNotSame(first, second);
        first.complete(9);
        go.countDown();
        assertEquals(9, first.get());
        assertEquals(7, second.get());
    }

    @Test
    void futureIsCompleteOnlyWhenTheBodyHasReturned() {
        var cleanedUp = new CountDownLatch(1);
        Task<Void> task =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            cleanedUp.await();
                            Task.checkCancelled();
                        });
        CompletableFuture<Void> future = task.toCompletableFuture();
        task.cancel();
        TestTree.awaitParked(task.thread());
        assertFalse(future.isDone());
        cleanedUp.countDown();
        assertThrows(CancellationException.class, future::get);
    }

    @Test
    void bothCancelledAtOnceEndCancelled() throws Exception {
        for (int round = 0; round < 200; round++) {
            Task<Integer> task = tree.root().start(() -> blockForANumber());
            CompletableFuture<Integer> future = task.toCompletableFuture();
            TestTree.race(round, () -> future.cancel(true), task::cancel);
            assertThrows(CancellationException.class, task::join);
            assertTrue(future.isCancelled());
        }
    }

    @Test
    void futureThatIsCancelledWhenTheTaskEndsAgreesOrIsCancelled() throws Exception {
        for (int round = 0; round < 200; round++) {
            var go = new CountDownLatch(1);
            Task<Integer> task =
                    tree.root()
                            .start(() -> {
                                go.await();
                                return 7;
                            });
            CompletableFuture<Integer> future = task.toCompletableFuture();
            TestTree.race(round, go::countDown, () -> future.cancel(true));
            TestTree.awaitTrue("done", task::isDone);
            assertTrue(future.isDone());
            if (!future.isCancelled()) assertEquals(task.resultNow(), future.resultNow());
        }
    }
}
