package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.concurrent.Event;
import io.loomline.probe.CapturedLog;
import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Many tasks that sleep, time out, join each other, open groups and fail, while others cancel them
 * at random. In the end no task is alive, no timer is set, and every failure was thrown or logged.
 */
@Tag("stress")
class TaskStressTest {
    private static final int TASKS = 100_000;
    private static final int FAILS_ONE_IN = 100;

    private final CountingClock clock = new CountingClock();
    private final TaskGroup root =
            TaskGroup.root(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE), clock);
    private final List<Task<Integer>> tasks = new ArrayList<>();
    private final LongAdder failed = new LongAdder();
    private final LongAdder staleInterrupts = new LongAdder();

    @Test
    void manyTasksWithRandomCancelsAndDeadlinesLeaveNoTask() throws Exception {
        long seed = System.nanoTime();
        try (var log = new CapturedLog()) {
            int observed = runAll(new SplittableRandom(seed));
            root.close();
            assertEquals(failed.sum(), observed + log.errors("no code observed"), "seed " + seed);
            assertFalse(log.text().contains("callback"), log.text());
        }
        assertEquals(0, staleInterrupts.sum(), "seed " + seed);
        assertTrue(tasks.stream().allMatch(Task::isDone), "seed " + seed);
        TestTree.assertNothingIsLeftIn(root);
        TestTree.awaitTrue("no timer is left", () -> clock.timers() == 0);
    }

    /** How many failures the joins of every other task have met. */
    private int runAll(SplittableRandom random) throws Exception {
        var over = new AtomicBoolean();
        Thread canceller = Thread.ofPlatform().start(canceller(random.split(), over));
        for (int i = 0; i < TASKS; i++) startOne(random.split());
        int observed = 0;
        for (int i = 0; i < TASKS; i += 2) observed += meetsFailure(tasks.get(i)) ? 1 : 0;
        over.set(true);
        canceller.join();
        root.await();
        return observed;
    }

    private void startOne(SplittableRandom random) {
        synchronized (tasks) {
            Task<Integer> other = tasks.isEmpty() ? null : tasks.get(random.nextInt(tasks.size()));
            tasks.add(root.start(() -> work(random, other)));
        }
    }

    private Runnable canceller(SplittableRandom random, AtomicBoolean over) {
        return () -> {
            while (!over.get()) {
                Thread.onSpinWait();
                synchronized (tasks) {
                    if (!tasks.isEmpty()) tasks.get(random.nextInt(tasks.size())).cancel();
                }
            }
        };
    }

    private int work(SplittableRandom random, Task<Integer> other) throws Exception {
        if (random.nextInt(FAILS_ONE_IN) == 0) {
            failed.increment();
            throw new IOException("on purpose");
        }
        try {
            Deadline.after(upTo(5, random)).<Exception>run(() -> waitSomehow(random, other));
        } catch (TimeoutException e) {
            noteStaleInterrupt();
        }
        return 7;
    }

    /** After a timeout the status may be set by a cancel of the task only. */
    private void noteStaleInterrupt() {
        boolean set = Thread.currentThread().isInterrupted();
        if (set && Task.current().cancelReason().isEmpty()) staleInterrupts.increment();
    }

    private void waitSomehow(SplittableRandom random, Task<Integer> other) throws Exception {
        switch (random.nextInt(4)) {
            case 0 -> Task.sleep(upTo(5, random));
            case 1 -> meetsFailureOf(other, upTo(5, random));
            case 2 -> gatherInAGroup(upTo(2, random));
            default -> Deadline.after(upTo(2, random)).run(TestTree::block);
        }
    }

    private void gatherInAGroup(Duration time) throws Exception {
        try (TaskGroup group = root.open(GroupOptions.DEFAULT)) {
            assertEquals(
                    List.of(1, 2), group.gather(List.of(() -> sleepAndReturn(time, 1), () -> 2)));
        }
    }

    private static int sleepAndReturn(Duration time, int value) throws InterruptedException {
        Task.sleep(time);
        return value;
    }

    /** Waits for another task without observing its result. */
    private static void meetsFailureOf(Task<Integer> other, Duration time) throws Exception {
        if (other == null) return;
        var ended = new Event();
        other.onDone(_ -> ended.fire());
        Deadline.after(time).run(ended::await);
    }

    private static boolean meetsFailure(Task<Integer> task) throws InterruptedException {
        try {
            assertEquals(7, task.join());
            return false;
        } catch (CancellationException e) {
            return false;
        } catch (ExecutionException e) {
            return e.getCause() instanceof IOException;
        }
    }

    private static Duration upTo(int millis, SplittableRandom random) {
        return Duration.ofNanos(random.nextInt(millis * 1_000_000));
    }
}
