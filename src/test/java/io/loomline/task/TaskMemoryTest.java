package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Ended tasks and their bodies can be collected: neither groups, nor joined tasks, nor handles keep
 * them.
 */
class TaskMemoryTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    /**
     * Runs a number of short tasks; returns references to some of them and of their captured
     * objects.
     */
    private static List<WeakReference<Object>> runTasks(TaskGroup group, int count) {
        List<WeakReference<Object>> references = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var captured = new Object();
            Task<Object> task = group.start(() -> captured.hashCode());
            if (i % (count / 10) == 0) {
                references.add(new WeakReference<>(captured));
                references.add(new WeakReference<>(task));
            }
        }
        return references;
    }

    private void assertKeepsNothing(Policy policy, int count) throws Exception {
        TaskGroup group = tree.group(policy);
        List<WeakReference<Object>> references = runTasks(group, count);
        group.await();
        TestTree.assertNothingIsLeftIn(group);
        for (Reference<?> reference : references) TestTree.awaitCollected("a task", reference);
        group.close();
    }

    @Test
    void groupsKeepNothingOfFinishedTasks() throws Exception {
        assertKeepsNothing(Policy.SUPERVISE, 1_000);
        assertKeepsNothing(Policy.FAIL_FAST, 1_000);
    }

    @Test
    @Tag("slow")
    void supervisedGroupKeepsNothingOfManyFinishedTasks() throws Exception {
        assertKeepsNothing(Policy.SUPERVISE, 100_000);
    }

    @Test
    void observedFailuresAreNotKept() throws Exception {
        List<WeakReference<Throwable>> failures = new ArrayList<>();
        for (int i = 0; i < 100; i++) failures.add(askedFailure(tree.root()));
        tree.root().await();
        TestTree.awaitTrue(
                "the failures are collected",
                () -> {
                    System.gc();
                    // the JVM itself keeps the last exception of each carrier thread
                    return failures.stream().filter(f -> f.refersTo(null)).count() >= 90;
                });
    }

    private static WeakReference<Throwable> askedFailure(TaskGroup group) {
        Task<Object> task =
                group.start(() -> {
                    throw new IOException("on purpose");
                });
        var e = assertThrows(ExecutionException.class, task::join);
        return new WeakReference<>(e.getCause());
    }

    @Test
    void handleOfAnEndedTaskDoesNotKeepItsBody() throws Exception {
        var captured = new Object();
        var reference = new WeakReference<>(captured);
        Task<Boolean> task = startWith(captured);
        task.join();
        captured = null;
        TestTree.awaitCollected("what the body captured", reference);
        assertTrue(task.resultNow());
    }

    private Task<Boolean> startWith(Object captured) {
        return tree.root().start(() -> captured.toString().contains("Object"));
    }

    @Test
    void bodyIsNotKeptWhileItRunsOn() throws Exception {
        var captured = new Object();
        var reference = new WeakReference<>(captured);
        Task<Void> task = startUsingFirst(captured);
        TestTree.awaitParked(task.thread());
        captured = null;
        TestTree.awaitCollected("what the body no longer uses", reference);
    }

    private Task<Void> startUsingFirst(Object captured) {
        int hash = captured.hashCode();
        var holder = new ArrayList<>(List.of(captured));
        return tree.root()
                .start(() -> {
                    assertEquals(hash, holder.removeFirst().hashCode());
                    TestTree.block();
                });
    }

    @Test
    void joinersThatWereCancelledAreNotKept() throws Exception {
        assertKeepsNoJoiner(200);
    }

    @Test
    @Tag("slow")
    void thousandsOfJoinersThatWereCancelledAreNotKept() throws Exception {
        assertKeepsNoJoiner(10_000);
    }

    private void assertKeepsNoJoiner(int count) throws Exception {
        Task<Void> target = tree.blocked();
        TaskGroup joiners = tree.group(Policy.SUPERVISE);
        List<WeakReference<Thread>> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Task<Void> joiner = TestTree.startParked(joiners, () -> target.join());
            if (i % (count / 10) == 0) threads.add(new WeakReference<>(joiner.thread()));
        }
        joiners.cancel();
        joiners.await();
        joiners.close();
        for (Reference<?> thread : threads) TestTree.awaitCollected("a joiner", thread);
    }

    @Test
    void joinersThatTimedOutAreNotKept() throws Exception {
        Task<Void> target = tree.blocked();
        List<WeakReference<Thread>> threads = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Task<Void> joiner = tree.root().start(() -> joinInVain(target));
            tree.clock().awaitTimers(1);
            tree.clock().advance(Duration.ofSeconds(1));
            joiner.join();
            threads.add(new WeakReference<>(joiner.thread()));
        }
        for (Reference<?> thread : threads) TestTree.awaitCollected("a joiner", thread);
    }

    private static void joinInVain(Task<?> target) {
        assertThrows(TimeoutException.class, () -> target.join(Duration.ofSeconds(1)));
    }

    @Test
    void closedGroupIsNotKeptByItsParent() {
        WeakReference<TaskGroup> reference = openAndClose(tree.root());
        TestTree.awaitCollected("the group", reference);
    }

    private static WeakReference<TaskGroup> openAndClose(TaskGroup parent) {
        try (TaskGroup group = parent.child(GroupOptions.DEFAULT)) {
            group.start(() -> {});
            return new WeakReference<>(group);
        }
    }

    @Test
    void deadlineKeepsNothingOfTheCallsThatItServed() throws Exception {
        Deadline deadline = tree.deadline(Duration.ofHours(1));
        WeakReference<Object> reference = serve(deadline);
        TestTree.awaitCollected("what the body captured", reference);
        assertEquals(0, tree.clock().timers());
        assertEquals(Duration.ofHours(1), deadline.remaining());
    }

    private static WeakReference<Object> serve(Deadline deadline) throws Exception {
        var captured = new Object();
        deadline.call(() -> captured.hashCode());
        return new WeakReference<>(captured);
    }
}
