package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future.State;
import java.util.concurrent.LinkedBlockingQueue;

/** Groups opened inside a shield are shielded as long as the shield lasts. */
class ShieldedGroupTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    /** Hands a child out of the task that has it. */
    private final BlockingQueue<Task<?>> children = new LinkedBlockingQueue<>();

    private final CountDownLatch mayGoOn = new CountDownLatch(1);

    /** Starts a child in a group of its own, and waits for it. */
    private void awaitChild(TaskBody body) throws Exception {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            children.add(group.start(body));
            group.await();
        }
    }

    private Task<?> parkedChild() throws InterruptedException {
        Task<?> child = children.take();
        TestTree.awaitParked(child.thread());
        return child;
    }

    private static void shielded(Duration bound, TaskBody body) throws Exception {
        Shield.<Void, Exception>call(
                bound,
                () -> {
                    body.run();
                    return null;
                });
    }

    @Test
    void taskOfAGroupOpenedInsideDoesNotSeeTheCancel() throws Exception {
        Task<Void> task =
                tree.root().start(() -> shielded(MINUTE, () -> awaitChild(() -> sleep(SECOND))));
        Task<?> child = parkedChild();
        task.cancel("from outside");
        assertFalse(child.thread().isInterrupted());
        assertFalse(child.group().isCancelled());

        tree.clock().advance(SECOND);

        child.join();
        task.join();
    }

    private static void sleep(Duration duration) throws InterruptedException {
        Task.sleep(duration);
    }

    @Test
    void taskOfAScopeOpenedInsideDoesNotSeeTheCancel() throws Exception {
        Task<Void> task = tree.root().start(() -> shielded(MINUTE, this::scopeWithAChild));
        Task<?> child = parkedChild();
        task.cancel("from outside");
        tree.clock().advance(SECOND);
        child.join();
        task.join();
    }

    private void scopeWithAChild() throws Exception {
        TaskScope.run(tree.root(), group -> children.add(group.start(() -> sleep(SECOND))));
    }

    @Test
    void taskInsideIsInterruptedWhenTheBoundHasPassed() throws Exception {
        Task<Void> task =
                tree.root().start(() -> shielded(SECOND, () -> awaitChild(TestTree::block)));
        Task<?> child = parkedChild();
        task.cancel("from outside");
        tree.clock().advance(SECOND);
        assertThrows(CancellationException.class, child::join);
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void taskOfAGroupOpenedOutsideIsNotShielded() throws Exception {
        Task<Void> task = tree.root().start(this::awaitFromInsideAShield);
        Task<?> child = parkedChild();
        TestTree.awaitParked(task.thread());
        task.cancel("from outside");
        assertThrows(CancellationException.class, child::join);
        task.join(); // the shield hid the cancel from the wait itself
    }

    private void awaitFromInsideAShield() throws Exception {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            children.add(TestTree.blockedIn(group));
            shielded(MINUTE, group::await);
        }
    }

    @Test
    void cancelOfTheGroupItselfIsSeenInside() throws Exception {
        Task<Void> task =
                tree.root().start(() -> shielded(MINUTE, () -> awaitChild(TestTree::block)));
        Task<?> child = parkedChild();
        child.group().cancel("from inside");
        assertThrows(CancellationException.class, child::join);
        task.join();
    }

    @Test
    void failureInsideCancelsTheSiblingsInside() throws Exception {
        Task<Void> task = tree.root().start(() -> shielded(MINUTE, this::failBesideASibling));
        Task<?> sibling = children.take();
        assertThrows(CancellationException.class, sibling::join);
        task.join();
    }

    private void failBesideASibling() throws Exception {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            children.add(TestTree.blockedIn(group));
            Task<?> failing = group.start(() -> Integer.parseInt("on purpose"));
            TestTree.awaitTrue("failed", () -> failing.state() == State.FAILED);
            assertThrows(NumberFormatException.class, () -> throwFailure(failing));
        }
    }

    private static void throwFailure(Task<?> task) throws Throwable {
        throw task.exceptionNow();
    }

    @Test
    void groupLeftBehindSeesACancelThatComesAfterTheShield() throws Exception {
        Task<Void> task = tree.root().start(() -> leaveAGroupBehind(mayGoOn::await));
        Task<?> child = parkedChild();
        TestTree.awaitParked(task.thread());
        task.cancel("from outside");
        assertTrue(child.group().isCancelled());
        TestTree.awaitTrue("cut", child::isDone);
        assertEquals(State.CANCELLED, child.state());
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void groupLeftBehindIsWokenWhenAShieldThatHidACancelIsLeft() throws Exception {
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            Task.current().cancel("from outside");
                            leaveAGroupBehind(this::awaitEndOfChild);
                        });
        task.join();
    }

    /** In spite of the cancel, by looking. */
    private void awaitEndOfChild() {
        Task<?> child = children.remove();
        TestTree.awaitTrue("cut", child::isDone);
        assertEquals(State.CANCELLED, child.state());
    }

    private void leaveAGroupBehind(TaskBody afterwards) throws Exception {
        shielded(
                MINUTE,
                () -> {
                    TaskGroup group =
                            tree.root().open(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE));
                    children.add(TestTree.blockedIn(group));
                });
        afterwards.run();
    }
}
