package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Code inside a group that is being closed is cancelled, and can still start tasks and open groups.
 */
class ClosingGroupTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final TaskGroup group = tree.group(Policy.SUPERVISE);

    /** Closes the group while a task of it cleans up. */
    private <T> Task<T> closeDuring(Body<T, Exception> cleanup) throws Exception {
        Task<T> task =
                group.start(() -> {
                    try {
                        TestTree.block();
                    } catch (InterruptedException e) {
                        TestTree.awaitTrue("closing", group::isClosed);
                        return cleanup.call();
                    }
                    throw new AssertionError("was not cut");
                });
        TestTree.awaitParked(task.thread());
        group.close();
        return task;
    }

    @Test
    void cleanupMayOpenAScope() throws Exception {
        Task<Integer> task =
                closeDuring(
                        () -> Shield.call(MINUTE, () -> TaskScope.run(group, this::startAndJoin)));
        assertEquals(7, task.join());
    }

    private int startAndJoin(TaskGroup inside) throws Exception {
        return inside.start(() -> 7).join();
    }

    @Test
    void taskThatStartsAnotherGetsOneThatIsCancelled() throws Exception {
        Task<Task<Integer>> task = closeDuring(() -> group.start(() -> 7));
        assertThrows(CancellationException.class, task.join()::join);
    }

    @Test
    void othersAreRefused() throws Exception {
        var refused = new AtomicReference<Exception>();
        closeDuring(() -> {
            var start = new FutureTask<>(() -> group.start(() -> 7));
            Thread.startVirtualThread(start);
            TestTree.awaitTrue("refused", start::isDone);
            refused.set((Exception) start.exceptionNow());
            return 7;
        });
        assertTrue(refused.get() instanceof IllegalStateException, () -> "" + refused.get());
    }

    @Test
    void startThatWaitsForAPermitProceedsWhenTheGroupIsCancelled() throws Exception {
        TaskGroup limited = full();
        var start = new FutureTask<>(() -> limited.start(() -> 7));
        Thread starter = Thread.startVirtualThread(start);
        TestTree.awaitParked(starter);
        limited.cancel();
        assertThrows(CancellationException.class, start.get()::join);
        assertThrows(CancellationException.class, limited.start(() -> 7)::join);
        limited.close();
    }

    @Test
    void startThatWaitsForAPermitIsRefusedWhenTheGroupIsClosed() throws Exception {
        TaskGroup limited = full();
        var start = new FutureTask<>(() -> limited.start(() -> 7));
        TestTree.awaitParked(Thread.startVirtualThread(start));
        limited.close();
        TestTree.awaitTrue("refused", start::isDone);
        assertEquals(IllegalStateException.class, start.exceptionNow().getClass());
    }

    /** A group with one permit, which is taken. */
    private TaskGroup full() {
        TaskGroup limited = tree.root().child(GroupOptions.DEFAULT.withLimit(1));
        TestTree.startParked(limited, () -> new CountDownLatch(1).await());
        return limited;
    }
}
