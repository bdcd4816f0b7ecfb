package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * All features at once for a minute. Then no task, timer, memory or unseen failure is left. {@code
 * -Dloomline.stress.seed} and {@code -Dloomline.stress.seconds} set seed and duration.
 */
@Tag("stress")
class StructuredStressTest {
    private static final long SEED = Long.getLong("loomline.stress.seed", 20_260_101);
    private static final long SECONDS = Long.getLong("loomline.stress.seconds", 50);
    private static final int FEWEST_TASKS = 100_000;
    private static final int WORKERS = 50;

    /** What a run may leave on the heap: classes, compiled code's data, the buffers of streams. */
    private static final long MOST_BYTES_KEPT = 8_000_000;

    private final CountingClock clock = new CountingClock();
    private final TaskGroup root =
            TaskGroup.root(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE), clock, List.of());

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void everythingAtOnceLeavesNothing() throws Exception {
        System.out.println("seed " + SEED + ", for " + SECONDS + " s");
        runFor(Duration.ofSeconds(1), 0); // loads classes and fills caches
        long before = usedBytes();
        runFor(Duration.ofSeconds(SECONDS), FEWEST_TASKS);
        TestTree.awaitTrue("memory is free again", () -> usedBytes() < before + MOST_BYTES_KEPT);
    }

    private void runFor(Duration duration, int fewestTasks) throws Exception {
        try (var ledger = new FailureLedger()) {
            var work = new RandomWork(root, ledger);
            long end = System.nanoTime() + duration.toNanos();
            runWorkers(work, end, fewestTasks);
            root.await();

            assertEquals(0, work.running(), "bodies that still run");
            TestTree.assertNothingIsLeftIn(root);
            TestTree.awaitTrue("no timer is left", () -> clock.timers() == 0);
            assertNothingLost(ledger);
            System.out.println(work.started() + " tasks, " + ledger.thrown() + " failures");
        }
    }

    private void runWorkers(RandomWork work, long end, int fewestTasks) throws Exception {
        var random = new SplittableRandom(SEED);
        List<Task<Void>> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            SplittableRandom own = random.split();
            workers.add(root.start(() -> work(work, own, end, fewestTasks)));
        }
        for (Task<Void> worker : workers) worker.join();
        work.forget();
    }

    private void work(RandomWork work, SplittableRandom random, long end, int fewestTasks)
            throws InterruptedException {
        while (System.nanoTime() < end || work.started() < fewestTasks) {
            Task<Integer> task = root.start(work.body(random, 0));
            if (random.nextBoolean()) task.cancel("by chance");
            if (random.nextInt(8) > 0) Tasks.await(List.of(task), ReturnWhen.ALL_COMPLETED, HANG);
        }
    }

    private static final Duration HANG = Duration.ofMinutes(1);

    /** Unobserved failures are in the log once their tasks have been collected. */
    private static void assertNothingLost(FailureLedger ledger) {
        TestTree.awaitTrue(
                "every failure is seen " + ledger.unseen().size(),
                () -> {
                    if (ledger.unseen().isEmpty()) return true;
                    System.gc();
                    return false;
                });
        assertTrue(ledger.thrown() > 0);
    }

    private static long usedBytes() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
