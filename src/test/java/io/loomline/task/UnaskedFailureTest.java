package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** A failure that nobody asked for is logged once, with its place in the tree; no other is. */
class UnaskedFailureTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    @AutoClose private final CapturedLog log = new CapturedLog();

    private TaskGroup group(String name, Policy policy) {
        return tree.root().child(GroupOptions.DEFAULT.withName(name).withPolicy(policy));
    }

    private static String fail() throws IOException {
        throw new IOException("on purpose");
    }

    private static Task<String> startFailed(TaskGroup group, String name) {
        Task<String> task = group.start(name, UnaskedFailureTest::fail);
        TestTree.awaitTrue("ended", task::isDone);
        return task;
    }

    private void assertLoggedOnce(String path) {
        assertEquals(1, log.errors("task " + path + " failed, and nobody asked"), log::text);
    }

    private void assertNothingLogged() {
        assertFalse(log.text().contains("ERROR"), log::text);
    }

    @Test
    void pathOfATaskNamesTheGroupsDownToIt() {
        TaskGroup outer = group("outer", Policy.SUPERVISE);
        TaskGroup inner = outer.child(GroupOptions.DEFAULT.withName("inner"));
        startFailed(outer, "a");
        startFailed(inner, "b");
        outer.close();
        assertLoggedOnce("root/outer/a");
        assertLoggedOnce("root/outer/inner/b");
        assertTrue(log.text().contains("java.io.IOException: on purpose"), log::text);
    }

    @Test
    void pathOfATaskNamesTheTaskInWhichItsGroupWasOpened() throws Exception {
        Task<Void> task =
                group("outer", Policy.SUPERVISE)
                        .start(
                                "a",
                                () -> {
                                    var options = GroupOptions.DEFAULT.withName("inner");
                                    startFailed(tree.root().open(options), "b");
                                });
        task.join();
        assertLoggedOnce("root/outer/a/inner/b");
    }

    @Test
    void pathOfATaskWithoutANameHasItsId() {
        TaskGroup group = group("outer", Policy.SUPERVISE);
        Task<String> task = group.start(UnaskedFailureTest::fail);
        TestTree.awaitTrue("ended", task::isDone);
        group.close();
        assertLoggedOnce("root/outer/task-" + task.id());
    }

    @Test
    void everyFailureOfAGroupThatNobodyAskedIsLogged() {
        TaskGroup group = group("outer", Policy.FAIL_FAST);
        List<Task<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Task<Void> task = group.start("task-no-" + i, UnaskedFailureTest::failWhenCut);
            TestTree.awaitParked(task.thread());
            tasks.add(task);
        }
        startFailed(group, "first");
        group.close();
        assertLoggedOnce("root/outer/first");
        for (Task<Void> task : tasks) assertLoggedOnce("root/outer/" + task.name());
    }

    private static void failWhenCut() throws IOException {
        assertThrows(InterruptedException.class, TestTree::block);
        fail();
    }

    @Test
    void gatheredFailuresAreNotLogged() {
        for (Policy policy : Policy.values()) {
            TaskGroup group = group("outer", policy);
            List<Callable<String>> bodies =
                    List.of(
                            UnaskedFailureTest::fail,
                            UnaskedFailureTest::failLate,
                            UnaskedFailureTest::fail);
            assertThrows(ExecutionException.class, () -> group.gather(bodies));
            group.close();
        }
        assertNothingLogged();
    }

    private static String failLate() throws IOException {
        assertThrows(InterruptedException.class, TestTree::block);
        return fail();
    }

    @Test
    void gatheredTasksOfSeveralGroupsAreNotLogged() {
        TaskGroup group = group("outer", Policy.SUPERVISE);
        List<Task<String>> tasks =
                List.of(
                        startFailed(group, "a"),
                        startFailed(group, "b"),
                        group.start(UnaskedFailureTest::failLate));
        assertThrows(ExecutionException.class, () -> Tasks.gather(tasks));
        group.close();
        assertNothingLogged();
    }

    @Test
    void settledFailuresAreNotLogged() throws Exception {
        TaskGroup group = group("outer", Policy.SUPERVISE);
        Tasks.settle(List.of(startFailed(group, "a"), startFailed(group, "b")));
        List<Callable<String>> bodies = List.of(UnaskedFailureTest::fail, UnaskedFailureTest::fail);
        group.settle(bodies);
        group.close();
        assertNothingLogged();
    }

    @Test
    void racedFailuresAreNotLoggedWhoeverWins() throws Exception {
        TaskGroup group = group("outer", Policy.SUPERVISE);
        Task<String> lost = startFailed(group, "a");
        Task<String> cut = group.start(UnaskedFailureTest::failLate);
        Tasks.race(List.of(lost, cut, group.start(() -> "won")));
        List<Task<String>> losers = List.of(startFailed(group, "c"), startFailed(group, "d"));
        assertThrows(ExecutionException.class, () -> Tasks.race(losers));
        group.close();
        assertNothingLogged();
    }

    @Test
    void waitThatOnlyLooksDoesNotAskForTheFailure() throws Exception {
        TaskGroup group = group("outer", Policy.SUPERVISE);
        List<Task<String>> tasks = List.of(startFailed(group, "a"));
        Tasks.await(tasks, Until.ALL_COMPLETED, Duration.ZERO);
        assertSeen(Tasks.asCompleted(tasks));
        group.close();
        assertLoggedOnce("root/outer/a");
    }

    private static void assertSeen(Iterable<Task<String>> completed) {
        for (Task<String> task : completed) assertTrue(task.isDone());
    }

    @Test
    void failureThatWentWithACancelledTaskIsLogged() throws Exception {
        var mayEnd = new CountDownLatch(1);
        Task<Void> task =
                tree.root()
                        .start(
                                "a",
                                () ->
                                        Nursery.run(
                                                tree.root(),
                                                group -> {
                                                    group.start(UnaskedFailureTest::failWhenCut);
                                                    mayEnd.countDown();
                                                    return null;
                                                }));
        mayEnd.await();
        TestTree.awaitParked(task.thread());
        TestTree.awaitTrue("waits", () -> hasParkedChild(task));
        task.cancelAndJoin();
        assertEquals(1, log.errors("task root/a was cancelled"), log::text);
        assertTrue(log.text().contains("java.io.IOException: on purpose"), log::text);
    }

    private static boolean hasParkedChild(Task<?> task) {
        return task.children().stream()
                .flatMap(child -> ((TaskGroup) child).tasks().stream())
                .anyMatch(child -> child.thread().getState() == Thread.State.WAITING);
    }

    @Test
    void failureThatWentWithADeadlineInsideACancelledTaskIsLogged() throws Exception {
        Task<Void> task =
                tree.root()
                        .start(
                                "a",
                                () ->
                                        Deadline.after(Duration.ofSeconds(1))
                                                .<Exception>run(this::awaitFailing));
        TestTree.awaitTrue("waits", () -> hasParkedChild(task));
        TestTree.awaitParked(task.thread());
        task.cancel();
        tree.clock().advance(Duration.ofSeconds(1));
        TestTree.awaitTrue("ended", task::isDone);
        assertTrue(log.text().contains("java.io.IOException: on purpose"), log::text);
    }

    private void awaitFailing() throws Exception {
        Nursery.run(tree.root(), group -> group.start(UnaskedFailureTest::failWhenCut));
    }
}
