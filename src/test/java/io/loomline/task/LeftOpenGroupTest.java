package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.concurrent.Event;
import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/** A task closes the groups that were opened in it and left open, before it ends. */
class LeftOpenGroupTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    private TaskGroup openHere() {
        return tree.root().open(GroupOptions.DEFAULT);
    }

    @Test
    void taskClosesTheGroupsThatItsBodyLeftOpen() throws Exception {
        var left = new AtomicReference<TaskGroup>();
        var below = new AtomicReference<Task<Void>>();
        Task<Integer> opener =
                tree.root()
                        .start(() -> {
                            left.set(openHere());
                            below.set(TestTree.blockedIn(left.get()));
                            return 7;
                        });
        assertEquals(7, opener.join());
        assertTrue(below.get().isCancelled());
        assertThrows(IllegalStateException.class, () -> left.get().start(() -> 7));
    }

    @Test
    void taskWhoseBodyFailedClosesItsGroupsToo() {
        var below = new AtomicReference<Task<Void>>();
        Task<Integer> opener =
                tree.root()
                        .start(() -> {
                            below.set(TestTree.blockedIn(openHere()));
                            return Integer.parseInt("seven");
                        });
        assertThrows(ExecutionException.class, opener::join);
        assertTrue(below.get().isCancelled());
    }

    @Test
    void groupThatACallbackOpensIsClosedWithTheGroupOfItsTask() throws Exception {
        var below = new AtomicReference<Task<Void>>();
        var go = new CountDownLatch(1);
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Void> task = group.start(() -> go.await());
        task.onDone(_ -> below.set(group.open(GroupOptions.DEFAULT).start(TestTree::block)));
        go.countDown();
        TestTree.awaitTrue("the callback has run", () -> below.get() != null);
        assertFalse(below.get().isDone(), "the task has ended and closes nothing any more");
        group.close();
        assertTrue(below.get().isDone(), "a task outlives the group");
    }

    @Test
    void groupThatWasClosedInTimeIsNotClosedAgain() throws Exception {
        var closed = new AtomicReference<TaskGroup>();
        tree.root()
                .start(() -> {
                    try (TaskGroup group = openHere()) {
                        closed.set(group);
                        group.start(() -> 7).join();
                        group.await();
                    }
                    assertTrue(((Scope) Task.current()).children().isEmpty());
                })
                .join();
        assertFalse(closed.get().isCancelled());
    }

    @Test
    void taskIsNotDoneBeforeWhatItLeftOpenHasEnded() throws Exception {
        var goOn = new Event();
        Task<Void> opener = startLeavingOpen(new CountDownLatch(1), goOn);
        TestTree.awaitParked(opener.thread());
        assertFalse(opener.isDone());
        goOn.fire();
        opener.join();
    }

    @Test
    void groupsThatWereLeftOpenAreCancelledAtOnceAndNotOneByOne() throws Exception {
        var cleaningUp = new CountDownLatch(5);
        var goOn = new Event();
        Task<Void> opener = startLeavingOpen(cleaningUp, goOn);
        try {
            TestTree.awaitTrue("all clean up", () -> cleaningUp.getCount() == 0);
        } finally {
            goOn.fire();
        }
        opener.join();
    }

    /** A task that leaves one group open for each count; their tasks, when cancelled, clean up. */
    private Task<Void> startLeavingOpen(CountDownLatch cleaningUp, Event goOn) {
        return tree.root()
                .start(() -> {
                    for (long i = cleaningUp.getCount(); i > 0; i--) {
                        TestTree.startParked(openHere(), () -> cleanUp(cleaningUp, goOn));
                    }
                });
    }

    private static void cleanUp(CountDownLatch cleaningUp, Event goOn) {
        assertThrows(InterruptedException.class, TestTree::block);
        cleaningUp.countDown();
        goOn.awaitUninterruptibly();
    }
}
