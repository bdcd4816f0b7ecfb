package io.loomline.observe.live;

import io.loomline.Runtime;
import io.loomline.probe.Child;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A task that computes on the only carrier is named. */
class StarvationTest {
    @Test
    void taskThatHoldsTheCarrierIsNamed() throws Exception {
        var options = List.of("-Djdk.virtualThreadScheduler.parallelism=1");
        try (Child child = Child.start(Program.class, options)) {
            await(child, "a virtual thread has waited for 250 ms");
            await(child, "task #");
            await(child, "StarvationTest$Program.compute");
        }
    }

    @Test
    void taskThatIsPinnedInAClassInitializerIsNamed() throws Exception {
        var options = List.of("-Djdk.virtualThreadScheduler.parallelism=1");
        try (Child child = Child.start(Program.class, options, "pinned")) {
            await(child, "a virtual thread has waited for 250 ms");
            await(child, "pinned while it waits");
            await(child, "StarvationTest$Slow.<clinit>");
        }
    }

    /** A class whose initializer waits for a long time. */
    static final class Slow {
        static final boolean HAS_WAITED = waits();

        private static boolean waits() {
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                return true;
            }
        }
    }

    private static void await(Child child, String part) throws Exception {
        for (String line; (line = child.readLine()) != null; ) if (line.contains(part)) return;
        throw new AssertionError("ended without '" + part + "'");
    }

    /** A server, so that there is a loop, and a task that never waits. */
    static final class Program {
        private static volatile long sum;

        public static void main(String[] args) throws Exception {
            try (var runtime = Runtime.open()) {
                runtime.listen(0, _ -> {});
                if (args.length == 0) runtime.start("computing", Program::compute);
                else runtime.start("pinned", () -> Slow.HAS_WAITED);
                while (sum >= 0) {
                    Thread.startVirtualThread(() -> {}).join();
                }
            }
        }

        private static void compute() {
            while (sum >= 0) sum = (sum + 1) & Long.MAX_VALUE;
        }
    }
}
