package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * {@link io.loomline.cleaner.ObjectCleaner}: actions after a collection, and the thread that runs
 * them.
 */
class CollectedTest {
    /** Objects that stay reachable. */
    private final List<Object> kept = new ArrayList<>();

    private static boolean hasThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("loomline-collected"));
    }

    private static void awaitNoThread() {
        TestTree.awaitTrue("the thread has ended", () -> !hasThread());
    }

    private static void collectUntil(String what, BooleanSupplier condition) {
        TestTree.awaitTrue(
                what,
                () -> {
                    System.gc();
                    return condition.getAsBoolean();
                });
    }

    @Test
    void everyActionRunsOnceAndTheThreadEnds() {
        List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
        for (int round = 0; round < 3; round++) {
            int before = 100 * round;
            for (int i = 0; i < 100; i++) {
                int number = before + i;
                ObjectCleaner.whenCollected(new Object(), () -> ran.add(number));
            }
            collectUntil("all have run", () -> ran.size() == before + 100);
            awaitNoThread();
        }
        Collections.sort(ran);
        assertEquals(IntStream.range(0, 300).boxed().toList(), ran);
    }

    @Test
    void actionThatFailsStopsNoOther() {
        var count = new AtomicInteger();
        try (var log = new CapturedLog()) {
            for (int i = 0; i < 10; i++) {
                ObjectCleaner.whenCollected(
                        new Object(),
                        () -> {
                            count.incrementAndGet();
                            throw new AssertionError("on purpose");
                        });
            }
            collectUntil("all have run", () -> count.get() == 10);
            awaitNoThread();
            assertEquals(10, log.errors("the action for a garbage-collected object failed"));
        }
    }

    @Test
    void watchThatHasEndedKeepsNoThreadThoughItsObjectLives() {
        var object = new Object();
        kept.add(object);
        var ran = new AtomicBoolean();
        ObjectCleaner.Watch first = ObjectCleaner.whenCollected(object, () -> ran.set(true));
        ObjectCleaner.Watch second = ObjectCleaner.whenCollected(object, () -> ran.set(true));
        first.end();
        first.end();
        second.end();
        awaitNoThread();
        assertFalse(ran.get());
    }

    @Test
    void observedFailureKeepsNoThreadAliveWhileItsTaskIsReachable() throws Exception {
        try (TestTree tree = TestTree.supervised();
                var _ = new CapturedLog()) {
            Task<?> observed = tree.root().start(() -> Integer.parseInt("x"));
            Task<?> unobserved = tree.root().start(() -> Integer.parseInt("x"));
            kept.addAll(List.of(observed, unobserved));
            tree.root().await();
            observed.state();
            tree.root().close();
            awaitNoThread();
        }
    }

    @Test
    void tasksThatHaveAllCompletedKeepNoThreadThoughTheirIterableIsKept() {
        try (TestTree tree = TestTree.supervised()) {
            Task<Void> task = tree.blocked();
            Iterable<Task<Void>> completed = Tasks.asCompleted(List.of(task));
            kept.add(completed);
            task.cancel();
            completed.forEach(Task::isDone);
            awaitNoThread();
        }
    }
}
