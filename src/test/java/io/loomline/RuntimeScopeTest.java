package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.ContextCarrier;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeoutException;

/** Scopes of a runtime, opened by the main thread and by tasks. */
class RuntimeScopeTest {
    private static final ScopedValue<String> TENANT = ScopedValue.newInstance();
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();

    @AutoClose
    private final Runtime runtime =
            Runtime.open(
                    RuntimeOptions.DEFAULT
                            .withDriver(Drivers.memory())
                            .withClock(clock)
                            .withContext(ContextCarrier.scopedValue(TENANT)));

    private static void block() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    @Test
    void bodyAndTasksWorkTogether() throws Exception {
        String sum =
                runtime.scope(group -> {
                    Task<String> first = group.start(() -> "a");
                    Task<String> second = group.start(() -> "b");
                    return first.join() + second.join();
                });
        assertEquals("ab", sum);
    }

    @Test
    void bodyMayDeclareItsOwnException() {
        var failure = new IOException("on purpose");
        var thrown =
                assertThrows(
                        IOException.class,
                        () ->
                                runtime.<Void, IOException>scope(_ -> {
                                    throw failure;
                                }));
        assertSame(failure, thrown);
    }

    @Test
    void closeByAnotherThreadCancelsTheTasksOfAScope() throws Exception {
        var started = new SynchronousQueue<Task<Void>>();
        Thread closer =
                Thread.ofVirtual()
                        .start(() -> {
                            Task<Void> child = take(started);
                            runtime.close();
                            assertEquals(State.CANCELLED, child.state());
                        });
        assertThrows(
                CancellationException.class,
                () ->
                        runtime.scope(group -> {
                            Task<Void> child = group.start(RuntimeScopeTest::block);
                            started.put(child);
                            return child.join();
                        }));
        closer.join();
        assertFalse(Thread.interrupted());
        assertThrows(IllegalStateException.class, () -> runtime.scope(_ -> null));
    }

    private static <T> T take(BlockingQueue<T> queue) {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void deadlineOfTheRuntimesClockEndsAScopeInATask() throws Exception {
        Task<TimeoutException> task =
                runtime.start(() ->
                        assertThrows(
                                TimeoutException.class,
                                () -> Deadline.after(SECOND).<Exception>run(this::sleepInAScope)));
        clock.awaitTimers(2); // that of the deadline and that of the sleep
        clock.advance(SECOND);
        task.join();
    }

    private void sleepInAScope() throws InterruptedException, ExecutionException {
        runtime.scope(group -> group.start(() -> Task.sleep(SECOND.multipliedBy(2))));
    }

    @Test
    void contextReachesTheTasksOfAScope() throws Exception {
        String tenant =
                ScopedValue.where(TENANT, "a")
                        .call(() ->
                                runtime.<String, RuntimeException>scope(
                                        group -> group.start(TENANT::get).join()));
        assertEquals("a", tenant);
    }

    @Test
    void leftScopeHasNoTasksAndNoTimers() throws Exception {
        runtime.scope(group -> group.start(() -> runtime.scope(inner -> inner.start(() -> {}))));
        runtime.await();
        assertEquals(0, clock.timers());
        assertTrue(runtime.toString().contains("(0 tasks)"), runtime::toString);
    }
}
