package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.function.Consumer;

/** A failure is logged once if no code observes it, and otherwise never. */
class UnobservedFailureTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    @AutoClose private final CapturedLog log = new CapturedLog();

    private static Task<Object> failed(TaskGroup group, String name) {
        Task<Object> task =
                group.start(
                        name,
                        () -> {
                            throw new IOException("failure of " + name);
                        });
        TestTree.awaitTrue("failed", task::isDone);
        return task;
    }

    /** The number of times that a failure is logged after it was observed in the given way. */
    private int logsWhen(Policy policy, Consumer<Task<Object>> observe) {
        TaskGroup group = tree.group(policy);
        observe.accept(failed(group, "task"));
        group.close();
        group.close();
        return log.errors("/task failed");
    }

    @Test
    void unobservedFailureIsLoggedOnceWhenTheGroupCloses() {
        assertEquals(1, logsWhen(Policy.SUPERVISE, _ -> assertEquals("", log.text())));
        assertTrue(log.text().contains("java.io.IOException: failure of task"), log.text());
        assertTrue(log.text().contains("root/SUPERVISE/task"), log.text());
    }

    @Test
    void failureOfAnUnawaitedFailFastGroupIsLoggedOnce() {
        assertEquals(1, logsWhen(Policy.FAIL_FAST, _ -> {}));
    }

    /** The body may throw no checked exception, so it throws that of its cancel inside another. */
    @Test
    void wrappedCancelIsAFailureThatIsNotLogged() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        var sleeper = new CompletableFuture<Thread>();
        Task<Void> task =
                group.start(() -> {
                    sleeper.complete(Thread.currentThread());
                    try {
                        Task.sleep(Duration.ofHours(1));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        Eventually.waitsIn(sleeper.join(), "sleep"); // a task that has not run ends as cancelled
        group.close();
        assertEquals("", log.text());
        assertEquals(State.FAILED, task.state());
    }

    @Test
    void stateThatSaysFailedIsAsking() {
        assertEquals(
                0, logsWhen(Policy.SUPERVISE, task -> assertTrue(task.state() == State.FAILED)));
        assertEquals(
                0, logsWhen(Policy.FAIL_FAST, task -> assertTrue(task.state() == State.FAILED)));
    }

    @Test
    void stateSeenByACallbackIsAsking() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        var mayEnd = new CountDownLatch(1);
        Task<Object> task =
                group.start(() -> {
                    mayEnd.await();
                    throw new IOException("on purpose");
                });
        List<State> seen = new ArrayList<>();
        task.onDone(t -> seen.add(t.state()));
        mayEnd.countDown();
        group.await();
        group.close();
        assertEquals(List.of(State.FAILED), seen);
        assertEquals("", log.text());
    }

    /** None of these has anything to say of the failure. */
    @Test
    void otherLooksAtTheTaskAreNotAsking() {
        assertEquals(
                1,
                logsWhen(
                        Policy.SUPERVISE,
                        task -> {
                            assertTrue(task.isDone());
                            assertFalse(task.isCancelled());
                            assertTrue(task.toString().endsWith("FAILED"), task::toString);
                            assertTrue(task.cancelReason().isEmpty());
                            assertThrows(IllegalStateException.class, task::resultNow);
                            assertEquals(0, task.group().size());
                        }));
    }

    @Test
    void callbackThatAsksNothingLeavesTheFailureToTheLog() throws Exception {
        assertEquals(
                1, logsWhen(Policy.SUPERVISE, task -> task.onDone(t -> assertTrue(t.isDone()))));
    }

    @Test
    void joinIsAsking() {
        assertEquals(0, logsWhen(Policy.SUPERVISE, task -> assertFails(task::join)));
    }

    @Test
    void joinWithTimeoutIsAsking() {
        assertEquals(
                0, logsWhen(Policy.SUPERVISE, task -> assertFails(() -> task.join(Duration.ZERO))));
    }

    @Test
    void getIsAsking() {
        assertEquals(0, logsWhen(Policy.FAIL_FAST, task -> assertFails(task::get)));
    }

    @Test
    void exceptionNowIsAsking() {
        assertEquals(0, logsWhen(Policy.SUPERVISE, Task::exceptionNow));
    }

    @Test
    void completableFutureIsAsking() {
        assertEquals(0, logsWhen(Policy.SUPERVISE, Task::toCompletableFuture));
    }

    @Test
    void awaitOfAFailFastGroupIsAsking() {
        assertEquals(0, logsWhen(Policy.FAIL_FAST, task -> assertFails(task.group()::await)));
    }

    @Test
    void awaitOfASupervisedGroupIsNotAsking() {
        assertEquals(1, logsWhen(Policy.SUPERVISE, task -> awaitGroupOf(task)));
    }

    private static void awaitGroupOf(Task<?> task) {
        try {
            task.group().await();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertFails(TestTree.Racer asking) {
        assertThrows(ExecutionException.class, asking::run);
    }

    @Test
    void cancelledTaskAndValueAreNoFailures() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        TestTree.blockedIn(group).cancelAndJoin();
        TestTree.blockedIn(group);
        group.start(() -> 7).join();
        group.close();
        assertEquals("", log.text());
    }

    @Test
    void everyFailureOfAnUnawaitedFailFastGroupIsLogged() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        int count = 30; // more than an exception of await would keep
        for (int i = 0; i < count; i++) startFailingWhenCancelled(group, "task-no-" + i);
        group.close();
        for (int i = 0; i < count; i++) assertEquals(1, log.errors("/task-no-" + i + " failed"));
    }

    @Test
    void failuresOnlyCountedByAwaitAreObserved() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        for (int i = 0; i < 30; i++) startFailingWhenCancelled(group, "task");
        group.cancel();
        assertFails(group::await);
        group.close();
        assertEquals(0, log.errors("/task failed"));
    }

    private static void startFailingWhenCancelled(TaskGroup group, String name) {
        Task<?> task =
                group.start(
                        name,
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            throw new IOException("failure of " + name);
                        });
        TestTree.awaitParked(task.thread());
    }

    @Test
    void eachGatheredFailureIsEitherThrownOrLogged() {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        var bothRun = new CountDownLatch(2);
        Callable<Object> fails =
                () -> {
                    bothRun.countDown();
                    TestTree.awaitTrue("both run", () -> bothRun.getCount() == 0);
                    throw new IOException("gathered");
                };
        var e = assertThrows(ExecutionException.class, () -> group.gather(List.of(fails, fails)));
        group.close();
        assertEquals(1, e.getSuppressed().length + log.errors(" failed, and nobody"));
    }

    @Test
    void failureInAGroupThatItsTaskLeftOpenIsLogged() throws Exception {
        tree.root()
                .start(() -> failed(tree.root().open(GroupOptions.DEFAULT), "forgotten").isDone())
                .join();
        assertEquals(1, log.errors("/forgotten failed"));
    }

    @Test
    void failureOfACollectedTaskIsLoggedOnceThoughItsGroupIsOpen() {
        failed(tree.root(), "collected");
        TestTree.awaitTrue(
                "logged",
                () -> {
                    System.gc();
                    return log.errors("/collected failed") == 1;
                });
        tree.root().close();
        assertEquals(1, log.errors("/collected failed"));
    }
}
