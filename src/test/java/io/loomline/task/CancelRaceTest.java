package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future.State;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Cancels at critical moments of a task's life, hundreds of times each. */
class CancelRaceTest {
    private static final int ROUNDS = 200;

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void atTheStart() {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> task = tree.root().start(TestTree::block);
            for (int i = 0; i < round; i++) Thread.onSpinWait();
            assertTrue(task.cancel());
            assertThrows(CancellationException.class, task::join);
        }
    }

    @Test
    void atTheEnd() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var end = new Semaphore(0);
            Task<Integer> task = tree.root().start(() -> awaitWhateverHappens(end));
            TestTree.race(round, end::release, task::cancelAndJoin);
            // the body ignores the cancel: if it ran, it returned its value
            boolean ran = task.state() == State.SUCCESS;
            assertEquals(ran ? State.SUCCESS : State.CANCELLED, task.state());
            assertEquals(ran, task.cancelReason().isEmpty());
        }
    }

    private static int awaitWhateverHappens(Semaphore end) {
        end.acquireUninterruptibly();
        return 7;
    }

    @Test
    void duringAJoin() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> task = tree.root().start(TestTree::block);
            TestTree.race(
                    round,
                    () -> assertThrows(CancellationException.class, task::join),
                    () -> assertTrue(task.cancel()));
        }
    }

    @Test
    void ofTheJoinerWhenTheTargetEnds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var go = new CountDownLatch(1);
            Task<Integer> target = tree.root().start(() -> awaitAndReturn(go));
            Task<Integer> joiner = tree.root().start(() -> target.join());
            TestTree.race(round, go::countDown, joiner::cancel);
            joiner.cancelAndJoin();
            assertNotEquals(State.FAILED, joiner.state());
            assertEquals(7, target.join());
        }
    }

    private static int awaitAndReturn(CountDownLatch go) throws InterruptedException {
        go.await();
        return 7;
    }

    @Test
    void duringTheClose() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.root().child(GroupOptions.DEFAULT);
            Task<Void> task = group.start(TestTree::block);
            TestTree.race(round, group::close, task::cancel);
            assertEquals(State.CANCELLED, task.state());
            assertEquals(0, group.size());
        }
    }

    @Test
    void twiceAtOnce() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> task = tree.root().start(TestTree::block);
            var first = new AtomicBoolean();
            var second = new AtomicBoolean();
            TestTree.race(
                    round,
                    () -> first.set(task.cancel("first")),
                    () -> second.set(task.cancel("second")));
            assertNotEquals(first.get(), second.get(), "exactly one has cancelled");
            assertThrows(CancellationException.class, task::join);
            assertEquals(Optional.of(first.get() ? "first" : "second"), task.cancelReason());
        }
    }

    @Test
    void byTheTaskAndByItsGroup() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TaskGroup group = tree.root().child(GroupOptions.DEFAULT);
            Task<Void> task = group.start(TestTree::block);
            TestTree.race(round, () -> group.cancel("group"), () -> task.cancel("task"));
            assertThrows(CancellationException.class, task::join);
            group.await();
            group.close();
        }
    }

    @Test
    void fromAChild() {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> parent = tree.root().start(() -> cancelledByChild());
            assertThrows(CancellationException.class, parent::join);
            assertEquals(Optional.of("by the child"), parent.cancelReason());
        }
    }

    private void cancelledByChild() throws Exception {
        Task<?> self = Task.current();
        TaskGroup group = tree.root().open(GroupOptions.DEFAULT); // closed with the task
        group.start(() -> assertTrue(self.cancel("by the child")));
        group.await();
        TestTree.block();
    }

    @Test
    void fromACallbackOfASibling() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Task<Void> task = tree.root().start(TestTree::block);
            var end = new CountDownLatch(1);
            Task<Integer> sibling = tree.root().start(() -> awaitAndReturn(end));
            TestTree.race(
                    round,
                    end::countDown,
                    () -> sibling.onDone(_ -> assertTrue(task.cancel("by a callback"))));
            assertThrows(CancellationException.class, task::join);
        }
    }

    @Test
    void interruptStaysSetWhicheverCallSeesTheCancelFirst() throws Exception {
        for (int round = 0; round < ROUNDS * 5; round++) {
            var running = new CountDownLatch(1);
            var status = new AtomicReference<Boolean>();
            Task<Void> task =
                    tree.root()
                            .start(() -> {
                                running.countDown();
                                checkUntilCancelled();
                                status.set(Thread.currentThread().isInterrupted());
                            });
            running.await();
            for (int i = 0; i < round % 64; i++) Thread.onSpinWait();
            task.cancelAndJoin();
            assertFalse(Boolean.FALSE.equals(status.get()), "round " + round);
        }
    }

    private static void checkUntilCancelled() {
        while (true) {
            try {
                Task.checkCancelled();
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
