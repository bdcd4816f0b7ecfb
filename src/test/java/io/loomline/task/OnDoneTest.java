package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.HostileException;
import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** Callbacks at the end of a task. */
class OnDoneTest {
    private static final int ROUNDS = 200;

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    /** A task that ends on a signal. */
    private Task<Integer> waitingFor(CountDownLatch go) {
        Task<Integer> task = tree.root().start(() -> awaitAndReturn(go));
        TestTree.awaitParked(task.thread());
        return task;
    }

    private static int awaitAndReturn(CountDownLatch go) throws InterruptedException {
        go.await();
        return 7;
    }

    @Test
    void callbacksRunInTheOrderInWhichTheyWereAdded() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            assertSame(task, task.onDone(_ -> order.add(number)));
        }
        go.countDown();
        tree.root().await();
        assertEquals(IntStream.range(0, 100).boxed().toList(), order);
    }

    @Test
    void callbackGetsTheTaskDoneOnTheTasksOwnThread() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        var thread = new AtomicReference<Thread>();
        var result = new AtomicReference<Integer>();
        task.onDone(t -> {
            assertSame(task, t);
            result.set(t.resultNow());
            thread.set(Thread.currentThread());
        });
        go.countDown();
        tree.root().await();
        assertEquals(7, result.get());
        assertSame(task.thread(), thread.get());
    }

    @Test
    void callbackOfAnEndedTaskRunsAtOnceOnTheCallersThread() throws Exception {
        Task<Integer> task = tree.root().start(() -> 7);
        task.join();
        var thread = new AtomicReference<Thread>();
        task.onDone(_ -> thread.set(Thread.currentThread()));
        assertSame(Thread.currentThread(), thread.get());
    }

    @Test
    void everyEndRunsTheCallback() throws Exception {
        List<State> ends = new ArrayList<>();
        tree.root().start(() -> 7).onDone(t -> ends.add(t.state()));
        tree.root().await();
        Task<Integer> failing = tree.root().start(() -> Integer.parseInt("seven"));
        failing.onDone(t -> ends.add(t.state()));
        tree.root().await();
        assertTrue(failing.exceptionNow() instanceof NumberFormatException);
        tree.blocked().onDone(t -> ends.add(t.state())).cancelAndJoin();
        tree.root().await();
        assertEquals(List.of(State.SUCCESS, State.FAILED, State.CANCELLED), ends);
    }

    @Test
    void callbackRunsBeforeItsGroupCountsTheTaskAsEnded() throws Exception {
        var calls = new AtomicInteger();
        for (int round = 1; round <= ROUNDS; round++) {
            tree.root().start(() -> {}).onDone(_ -> calls.incrementAndGet());
            tree.root().await();
            assertEquals(round, calls.get());
        }
    }

    @Test
    void callbackThatIsAddedWhileTheTaskEndsRunsOnce() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            var calls = new AtomicInteger();
            Task<Integer> task = tree.root().start(() -> awaitAndReturn(go));
            TestTree.race(
                    round,
                    go::countDown,
                    () -> {
                        for (int i = 0; i < 10; i++) task.onDone(_ -> calls.incrementAndGet());
                    });
            tree.root().await();
            assertEquals(10, calls.get(), "round " + round);
        }
    }

    @Test
    void whatACallbackThrowsIsLoggedAndTheOthersRun() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        var calls = new AtomicInteger();
        task.onDone(_ -> throwUnchecked(new IllegalStateException("bad callback")))
                .onDone(_ -> throwUnchecked(new AssertionError("worse callback")))
                .onDone(_ -> calls.incrementAndGet());
        try (var log = new CapturedLog()) {
            go.countDown();
            tree.root().await();
            assertEquals(2, log.errors("a callback of task '" + task.name() + "' failed"));
            assertTrue(log.text().contains("bad callback"), log.text());
            assertTrue(log.text().contains("worse callback"), log.text());
        }
        assertEquals(1, calls.get());
        assertEquals(7, task.resultNow());
    }

    @Test
    void undeclaredExceptionOfACallbackEndsNoOtherWait() {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        var calls = new AtomicInteger();
        task.onDone(_ -> throwUnchecked(new IOException("slipped through")))
                .onDone(_ -> calls.incrementAndGet());
        try (var log = new CapturedLog()) {
            go.countDown();
            TestTree.awaitTrue("the other callback ran", () -> calls.get() == 1);
            TestTree.awaitTrue("the group is empty", tree.root()::isEmpty);
            assertTrue(log.text().contains("slipped through"), log.text());
        }
    }

    /** As generated code, and other languages of the JVM, do. */
    private static void throwUnchecked(Throwable e) {
        TaskBodyTest.<RuntimeException>raise(e);
    }

    @Test
    void callbackThatThrowsAtOnceIsLoggedToo() throws Exception {
        Task<Integer> task = tree.root().start(() -> 7);
        task.join();
        try (var log = new CapturedLog()) {
            task.onDone(_ -> throwUnchecked(new IllegalStateException("bad callback")));
            assertEquals(1, log.errors("a callback of"));
        }
    }

    @Test
    void callbackMustBeThere() {
        Task<Void> task = tree.blocked();
        assertThrows(NullPointerException.class, () -> task.onDone(null));
    }

    @Test
    void callbackMayJoinTheTaskAndMayNotAwaitTheGroup() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        var checked = new CountDownLatch(1);
        task.onDone(t -> {
            try {
                assertEquals(7, t.join());
                assertThrows(IllegalStateException.class, t.group()::await);
                assertThrows(IllegalStateException.class, t.group()::close);
                checked.countDown();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        go.countDown();
        tree.root().await();
        assertEquals(0, checked.getCount());
    }

    /** The exceptions of all calls that would wait for the callback's own group. */
    private List<Class<?>> refusals(Task<?> task) throws Exception {
        TaskGroup group = task.group();
        List<TestTree.Racer> waits =
                List.of(
                        group::await,
                        () -> group.await(Duration.ofMinutes(1)),
                        group::close,
                        () -> group.gather(List.of(() -> 7)),
                        () -> group.settle(List.of(() -> 7)),
                        tree.root()::await,
                        tree.root()::close);
        List<Class<?>> refused = new ArrayList<>();
        var called = new CountDownLatch(1);
        task.onDone(_ -> {
            for (TestTree.Racer wait : waits) {
                refused.add(assertThrows(Exception.class, wait::run).getClass());
            }
            called.countDown();
        });
        mayEnd.countDown();
        called.await();
        return refused;
    }

    @Test
    void callbackMayNotWaitForItsGroupThoughTheTaskHasEnded() throws Exception {
        List<Class<?>> always = Collections.nCopies(7, IllegalStateException.class);
        Task<?> running = tree.group(Policy.SUPERVISE).start(() -> mayEnd.await());
        assertEquals(always, refusals(running));

        Task<?> ended = tree.group(Policy.SUPERVISE).start(() -> 7);
        ended.join();
        assertEquals(always, refusals(ended), "on a thread that is no task");

        Task<?> other = tree.group(Policy.SUPERVISE).start(() -> 7);
        other.join();
        Task<List<Class<?>>> caller = tree.root().start(() -> refusals(other));
        assertEquals(always, caller.join(), "in another task");

        ended.group().close(); // only the callback was refused
    }

    @Test
    void callbackOfAnEndedTaskSeesNoCancelOfItsGroup() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<?> task = TestTree.blockedIn(group);
        group.close();
        var result = new AtomicInteger();
        task.onDone(_ -> {
            try {
                result.set(tree.root().start(() -> 7).join());
            } catch (InterruptedException | ExecutionException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(7, result.get());
    }

    @Test
    void scopeInACallbackOfAnEndedTaskIsCancelledWithItsGroup() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<?> task = group.start(() -> 7);
        task.join();
        var inside = new AtomicReference<Task<?>>();
        Thread caller =
                Thread.ofPlatform().daemon().start(() -> task.onDone(_ -> runScope(group, inside)));
        TestTree.awaitTrue("runs", () -> inside.get() != null);
        group.close();
        TestTree.awaitTrue("the caller has ended", () -> !caller.isAlive());
        assertEquals(State.CANCELLED, inside.get().state());
    }

    private static void runScope(TaskGroup group, AtomicReference<Task<?>> inside) {
        try {
            TaskScope.run(
                    group,
                    scope -> {
                        inside.set(TestTree.blockedIn(scope));
                        return 7;
                    });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void interruptOfTheCallerIsLeftToTheCallback() throws Exception {
        Task<?> task = tree.root().start(() -> 7);
        task.join();
        Thread.currentThread().interrupt();
        var seen = new AtomicBoolean();
        task.onDone(_ -> seen.set(Thread.currentThread().isInterrupted()));
        assertTrue(Thread.interrupted());
        assertTrue(seen.get());
    }

    @Test
    void callbackMayAddACallbackAndStartATask() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        List<String> order = new ArrayList<>();
        task.onDone(t -> {
            t.onDone(_ -> order.add("inner"));
            order.add("outer");
            t.group().start(() -> order.add("task"));
        });
        go.countDown();
        tree.root().await();
        assertEquals(List.of("inner", "outer", "task"), order);
    }

    @Test
    void cancelOfTheTaskIsNotForItsCallbacks() throws Exception {
        Task<Void> cut = tree.blocked();
        var seen = new AtomicReference<Boolean>();
        cut.onDone(_ -> seen.set(Thread.currentThread().isInterrupted()));
        cut.cancel("from outside");
        tree.root().await();
        assertEquals(false, seen.get());
    }

    @Test
    void callbackThatBlocksIsCancelledWithItsGroup() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        var reason = new AtomicReference<String>();
        var blocked = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        group.start(() -> go.await())
                .onDone(_ -> {
                    blocked.countDown();
                    assertThrows(InterruptedException.class, TestTree::block);
                    var e = assertThrows(InterruptedException.class, Task::checkCancelled);
                    reason.set(e.getMessage());
                });
        go.countDown();
        blocked.await();
        assertEquals(0, group.size());
        group.cancel("from outside");
        group.close();
        assertTrue(reason.get().contains("from outside"), reason.get());
    }

    @Test
    void callbackMayStartTheNextTaskInAGroupThatIsFull() throws Exception {
        var limited = GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE).withLimit(1);
        try (TaskGroup group = tree.root().child(limited)) {
            var runs = new AtomicInteger();
            var third = new CountDownLatch(1);
            startAgain(group, runs, third);
            third.await();
            group.await();
            assertEquals(3, runs.get());
        }
    }

    private static void startAgain(TaskGroup group, AtomicInteger runs, CountDownLatch third) {
        group.start(runs::incrementAndGet)
                .onDone(_ -> {
                    if (runs.get() < 3) startAgain(group, runs, third);
                    else third.countDown();
                });
    }

    @Test
    void callbackThatThrowsAnUnprintableExceptionStopsNoOther() throws Exception {
        var go = new CountDownLatch(1);
        Task<Integer> task = waitingFor(go);
        task.onDone(_ -> {
            throw new HostileException();
        });
        var called = new AtomicBoolean();
        task.onDone(_ -> called.set(true));
        go.countDown();
        task.join();
        tree.root().await();
        assertTrue(called.get());
    }
}
