package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

class ExpiredThreadsTest {
    private static final int THREADS = 200;
    private static final long INTERVAL_NANOS = 2_000_000;

    private final AtomicBoolean othersWait = new AtomicBoolean();
    private final AtomicInteger checks = new AtomicInteger();
    private final ExpiredThreads expired =
            new ExpiredThreads(
                    () -> {
                        checks.incrementAndGet();
                        return othersWait.get();
                    },
                    INTERVAL_NANOS);

    @Test
    void continuesWhenNoOtherWaits() throws InterruptedException {
        joinAll(start(THREADS));
        assertTrue(checks.get() > 0, "it was checked whether others wait");
    }

    /** Others may wait all the time, on a machine that is overloaded. */
    @Test
    void continuesAtIntervalsWhileOthersWait() throws InterruptedException {
        othersWait.set(true);
        long start = System.nanoTime();
        joinAll(start(3));
        long least = 2 * INTERVAL_NANOS; // the first one may continue at once
        assertTrue(System.nanoTime() - start >= least, "one thread in each interval");
    }

    @Test
    void interruptEndsTheWait() throws InterruptedException {
        othersWait.set(true);
        List<Thread> waiting = start(THREADS);
        List<Boolean> kept = new ArrayList<>();
        Thread interrupted =
                Thread.startVirtualThread(() -> {
                    Thread.currentThread().interrupt();
                    expired.await();
                    kept.add(Thread.currentThread().isInterrupted());
                });
        interrupted.join();
        assertEquals(List.of(true), kept);
        othersWait.set(false);
        joinAll(waiting);
    }

    /** An unpark by other code is not a permission to continue. */
    @Test
    void unparkDoesNotEndTheWait() throws InterruptedException {
        othersWait.set(true);
        List<Thread> waiting = start(THREADS);
        Thread last = waiting.getLast();
        for (int i = 0; i < 100; i++) LockSupport.unpark(last);
        assertFalse(waiting.stream().noneMatch(Thread::isAlive));
        othersWait.set(false);
        joinAll(waiting);
    }

    @Test
    void failureOfTheCheckDoesNotEndTheWaits() throws InterruptedException {
        var failing =
                new ExpiredThreads(
                        () -> {
                            throw new OutOfMemoryError("for this test");
                        },
                        INTERVAL_NANOS);
        Thread.startVirtualThread(failing::await).join();
        Thread.startVirtualThread(failing::await).join();
    }

    private List<Thread> start(int count) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) threads.add(Thread.startVirtualThread(expired::await));
        return threads;
    }

    private static void joinAll(List<Thread> threads) throws InterruptedException {
        for (Thread each : threads) each.join();
    }
}
