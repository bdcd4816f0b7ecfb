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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A task keeps the contract of {@link java.util.concurrent.Future}. */
class TaskFutureTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void taskIsRunningUntilItsBodyHasReturned() {
        Task<Void> task = tree.blocked();
        assertEquals(State.RUNNING, task.state());
        assertFalse(task.isDone());
        assertFalse(task.isCancelled());
        assertThrows(IllegalStateException.class, task::resultNow);
        assertThrows(IllegalStateException.class, task::exceptionNow);
    }

    @Test
    void valueIsSuccess() throws Exception {
        Task<String> task = tree.root().start(() -> "value");
        assertEquals("value", task.get());
        assertEquals(State.SUCCESS, task.state());
        assertEquals("value", task.resultNow());
        assertTrue(task.isDone());
        assertFalse(task.isCancelled());
        assertThrows(IllegalStateException.class, task::exceptionNow);
    }

    @Test
    void nullIsAValue() throws Exception {
        Task<Object> task = tree.root().start(() -> null);
        assertNull(task.get());
        assertNull(task.resultNow());
        assertEquals(State.SUCCESS, task.state());
    }

    @Test
    void exceptionIsFailure() {
        var thrown = new IOException("on purpose");
        Task<Object> task =
                tree.root()
                        .start(() -> {
                            throw thrown;
                        });
        var e = assertThrows(ExecutionException.class, task::get);
        assertSame(thrown, e.getCause());
        assertEquals(State.FAILED, task.state());
        assertSame(thrown, task.exceptionNow());
        assertTrue(task.isDone());
        assertFalse(task.isCancelled());
        assertThrows(IllegalStateException.class, task::resultNow);
    }

    @Test
    void cancelledBodyThatGivesUpIsCancelled() {
        Task<Void> task = tree.blocked();
        assertTrue(task.cancel("enough"));
        var e = assertThrows(CancellationException.class, task::get);
        assertTrue(e.getMessage().contains("enough"), e.getMessage());
        assertEquals(State.CANCELLED, task.state());
        assertTrue(task.isDone());
        assertTrue(task.isCancelled());
        assertThrows(IllegalStateException.class, task::resultNow);
        assertThrows(IllegalStateException.class, task::exceptionNow);
    }

    @Test
    void everyAskerGetsTheSameException() {
        Task<Object> task =
                tree.root()
                        .start(() -> {
                            throw new IOException("on purpose");
                        });
        var first = assertThrows(ExecutionException.class, task::get);
        var second = assertThrows(ExecutionException.class, task::join);
        assertSame(first.getCause(), second.getCause());
    }

    @Test
    void whatIsThrownNamesTheTaskAndItsState() {
        Task<Object> task = tree.root().start("reader", () -> "value");
        TestTree.awaitTrue("done", task::isDone);
        var e = assertThrows(IllegalStateException.class, task::exceptionNow);
        assertTrue(e.getMessage().contains("reader"), e.getMessage());
        assertTrue(e.getMessage().contains("SUCCESS"), e.getMessage());
    }

    @Test
    void cancelledTaskIsNotReportedCancelledBeforeItHasEnded() throws Exception {
        var stop = new CountDownLatch(1);
        Task<Void> task = TestTree.startParked(tree.root(), () -> ignoreCancelUntil(stop));
        task.cancel();
        assertFalse(task.isCancelled());
        assertFalse(task.isDone());
        assertEquals(State.RUNNING, task.state());
        stop.countDown();
        task.join();
        assertFalse(task.isCancelled());
    }

    private static void ignoreCancelUntil(CountDownLatch stop) {
        while (stop.getCount() > 0) {
            try {
                stop.await();
            } catch (InterruptedException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void cancelOfFutureThatMayNotInterruptDoesNothing() {
        Task<Void> task = tree.blocked();
        assertFalse(task.cancel(false));
        assertTrue(task.cancelReason().isEmpty());
        assertEquals(State.RUNNING, task.state());
    }

    @Test
    void cancelOfFutureThatMayInterruptCancelsOnce() {
        Task<Void> task = tree.blocked();
        assertTrue(task.cancel(true));
        assertFalse(task.cancel(true));
        assertThrows(CancellationException.class, task::get);
        assertFalse(task.cancel(true));
    }

    @Test
    void getWithTimeoutOfZeroDoesNotWait() {
        Task<Void> task = tree.blocked();
        assertThrows(TimeoutException.class, () -> task.get(0, TimeUnit.SECONDS));
        assertThrows(TimeoutException.class, () -> task.get(-1, TimeUnit.SECONDS));
        assertEquals(State.RUNNING, task.state());
    }

    @Test
    void getWithTimeoutOfZeroReturnsWhatIsThere() throws Exception {
        Task<Integer> task = tree.root().start(() -> 7);
        task.join();
        assertEquals(7, task.get(0, TimeUnit.SECONDS));
        assertEquals(7, task.get(-1, TimeUnit.DAYS));
    }

    @ParameterizedTest
    @EnumSource(TimeUnit.class)
    void getWithTheLongestTimeoutOfAnyUnitWaits(TimeUnit unit) throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task =
                tree.root()
                        .start(() -> {
                            go.await();
                            return 7;
                        });
        Task<Integer> asker = tree.root().start(() -> task.get(Long.MAX_VALUE, unit));
        TestTree.awaitTrue("waits", () -> asker.isDone() || isParked(asker));
        go.countDown();
        assertEquals(7, asker.join());
        assertEquals(7, task.get(Long.MAX_VALUE, unit));
    }

    @ParameterizedTest
    @EnumSource(TimeUnit.class)
    void getWithTheShortestTimeoutOfAnyUnitDoesNotWait(TimeUnit unit) {
        Task<Void> task = tree.blocked();
        assertThrows(TimeoutException.class, () -> task.get(Long.MIN_VALUE, unit));
    }

    private static boolean isParked(Task<?> task) {
        return task.thread().getState() == Thread.State.WAITING;
    }
}
