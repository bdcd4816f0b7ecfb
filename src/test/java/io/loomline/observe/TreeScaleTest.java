package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.UserCode;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** How long a snapshot of many tasks takes. */
@Tag("slow")
class TreeScaleTest {
    private static final int TASKS = 100_000;
    private static final int ROUNDS = 5;

    @Test
    void snapshotOfManyTasksTakesLessThanOneSecond() throws Exception {
        var latch = new CountDownLatch(1);
        var options = RuntimeOptions.DEFAULT.withDriver(Drivers.memory());
        try (Runtime runtime = Runtime.open(options)) {
            for (int i = 0; i < TASKS; i++) runtime.start(() -> UserCode.awaitLatch(latch));
            Duration best = Duration.ofDays(1);
            for (int i = 0; i < ROUNDS; i++) { // the first ones are not compiled
                long start = System.nanoTime();
                TaskTree tree = runtime.tree();
                Duration taken = Duration.ofNanos(System.nanoTime() - start);
                assertEquals(TASKS, tree.tasks().count());
                if (taken.compareTo(best) < 0) best = taken;
            }
            assertTrue(best.compareTo(Duration.ofSeconds(1)) < 0, best::toString);
            latch.countDown();
            runtime.await(); // to interrupt so many waiters of one latch takes long
        }
    }
}
