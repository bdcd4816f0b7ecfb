package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/**
 * An available result takes precedence over a timeout, even if a paused process sees both at once.
 * The clock simulates the pause: while a timer is set, the tasks end and the time passes.
 */
class LateTimeoutTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final ManualClock time = new ManualClock();
    private final TaskGroup root =
            TaskGroup.root(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE), new StoppingClock());
    @AutoClose private final TaskGroup group = root.child(GroupOptions.DEFAULT);

    private final class StoppingClock implements Clock {
        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public Timer scheduleAt(long atNanos, Runnable action) {
            Timer timer = time.scheduleAt(atNanos, action);
            if (mayEnd.getCount() > 0) {
                mayEnd.countDown();
                TestTree.awaitTrue("all have ended", group::isEmpty);
                time.advance(SECOND.multipliedBy(5));
            }
            return timer;
        }
    }

    private int end() throws InterruptedException {
        mayEnd.await();
        return 7;
    }

    private Object fail() throws InterruptedException, IOException {
        mayEnd.await();
        throw new IOException("on purpose");
    }

    @Test
    void joinReturnsTheResultThatIsThere() throws Exception {
        Task<Integer> task = group.start(this::end);
        assertEquals(7, task.join(SECOND));
    }

    @Test
    void joinThrowsTheFailureThatIsThere() {
        Task<Object> task = group.start(this::fail);
        var e = assertThrows(ExecutionException.class, () -> task.join(SECOND));
        assertTrue(e.getCause() instanceof IOException);
    }

    @Test
    void awaitOfAGroupReturnsWhenAllHaveEnded() throws Exception {
        group.start(this::end);
        group.await(SECOND);
    }

    @Test
    void awaitOfAGroupThrowsTheFailureThatIsThere() {
        group.start(this::fail);
        var e = assertThrows(ExecutionException.class, () -> group.await(SECOND));
        assertTrue(e.getCause() instanceof IOException);
    }

    @Test
    void awaitOfSomeTasksReturnsTheEndedOnes() throws Exception {
        List<Task<Integer>> tasks = List.of(group.start(this::end), group.start(this::end));
        assertEquals(tasks, Tasks.await(tasks, ReturnWhen.ALL_COMPLETED, SECOND).done());
    }
}
