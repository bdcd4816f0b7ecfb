package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.loomline.task.GroupOptions.Policy;
import io.loomline.testing.ManualClock;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * A tree of tasks for tests: on a manual clock, with ways to wait for a state and to race two
 * threads, and a check that no task is left.
 */
public final class TestTree implements AutoCloseable {
    /** Only a hang takes this long; it is shorter than the hang guard of JUnit. */
    private static final Duration HANG = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();
    private final TaskGroup root;

    private TestTree(Policy policy) {
        root = TaskGroup.root(new GroupOptions("root", policy, Integer.MAX_VALUE), clock);
    }

    public static TestTree failFast() {
        return new TestTree(Policy.FAIL_FAST);
    }

    public static TestTree supervised() {
        return new TestTree(Policy.SUPERVISE);
    }

    public TaskGroup root() {
        return root;
    }

    public ManualClock clock() {
        return clock;
    }

    /** A group in the root. */
    public TaskGroup group(Policy policy) {
        return root.child(GroupOptions.DEFAULT.withName(policy.name()).withPolicy(policy));
    }

    /** A deadline by the clock of the tree. */
    public Deadline deadline(Duration timeout) {
        return Deadline.after(timeout, clock);
    }

    /** A task of the root that is waiting, until it is cancelled. */
    public Task<Void> blocked() {
        return blockedIn(root);
    }

    public static Task<Void> blockedIn(TaskGroup group) {
        return startParked(group, TestTree::block);
    }

    /** Starts a task and returns it once it is parked. */
    public static Task<Void> startParked(TaskGroup group, TaskBody body) {
        Task<Void> task = group.start(body);
        awaitParked(task.thread());
        return task;
    }

    /** Starts a task that fails at once. */
    public static <T> Task<T> startFailing(TaskGroup group, Exception failure) {
        return group.start(() -> {
            throw failure;
        });
    }

    /** Starts a task that fails when it is cancelled, and returns it once it is parked. */
    public static Task<Void> startFailingOnCancel(TaskGroup group, Exception failure) {
        return startParked(
                group,
                () -> {
                    assertThrows(InterruptedException.class, TestTree::block);
                    throw failure;
                });
    }

    /** Code that runs with the group of a scope and has no result. */
    @FunctionalInterface
    public interface ScopeCode {
        void run(TaskGroup group) throws Exception;
    }

    /** Runs code in a scope of the root. */
    public void runScope(ScopeCode code) throws Exception {
        TaskScope.<Void, Exception>run(
                root,
                group -> {
                    code.run(group);
                    return null;
                });
    }

    /** Waits in a JDK call until the thread is interrupted. */
    public static void block() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    /** Waits until other threads have made the condition true. */
    @SuppressWarnings("ThreadPriorityCheck") // only a hint
    public static void awaitTrue(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > HANG.toNanos()) fail("never came true: " + what);
            Thread.yield();
        }
    }

    /** Waits until the thread is parked. */
    public static void awaitParked(Thread thread) {
        awaitTrue(
                thread + " is parked",
                () ->
                        switch (thread.getState()) {
                            case WAITING, TIMED_WAITING -> true;
                            case TERMINATED -> fail(thread + " has ended and did not park");
                            default -> false;
                        });
    }

    /** Collects garbage until the referent is gone. */
    public static void awaitCollected(String what, Reference<?> reference) {
        awaitTrue(
                what + " is collected",
                () -> {
                    if (!reference.refersTo(null)) System.gc();
                    return reference.refersTo(null);
                });
    }

    /** One side of a race; it may throw any exception. */
    @FunctionalInterface
    public interface Racer {
        void run() throws Exception;
    }

    /**
     * Runs both at the same time, the first on the calling thread. The head start of one side over
     * the other differs from round to round.
     */
    public static void race(int round, Racer here, Racer there) throws Exception {
        var go = new AtomicBoolean();
        var second =
                new FutureTask<Void>(() -> {
                    while (!go.get()) Thread.onSpinWait();
                    spin(round & 1, round);
                    there.run();
                    return null;
                });
        Thread thread = Thread.ofPlatform().daemon().start(second);
        awaitTrue("runs", () -> thread.getState() == Thread.State.RUNNABLE);
        go.set(true);
        spin(~round & 1, round);
        here.run();
        awaitTrue("the other side has ended", second::isDone); // even if this side was cancelled
        second.get();
    }

    private static void spin(int on, int round) {
        int iterations = on * (round >> 1 & 63) * 32;
        for (int i = 0; i < iterations; i++) Thread.onSpinWait();
    }

    /** Closes the root and checks that no task, timer or interrupt is left. */
    @Override
    public void close() {
        assertFalse(Thread.interrupted(), "the test left an interrupt behind");
        Thread closer = Thread.ofPlatform().daemon().start(root::close);
        awaitTrue("closed " + root.tasks(), () -> closer.getState() == Thread.State.TERMINATED);
        assertNothingIsLeftIn(root);
        assertEquals(0, clock.timers(), "timers left on the clock");
    }

    public static void assertNothingIsLeftIn(TaskGroup group) {
        assertEquals(0, group.size());
        assertTrue(group.tasks().isEmpty());
        assertTrue(group.children().isEmpty(), () -> "open groups: " + group.children());
        assertTrue(group.isEmpty());
    }
}
