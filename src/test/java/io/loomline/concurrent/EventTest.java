package io.loomline.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.task.TestTree;

import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** {@link Event}: threads and callbacks that wait for it. */
class EventTest {
    private static final int ROUNDS = 200;

    private final Event event = new Event();

    private Thread startWaiter(TestTree.Racer wait) {
        Thread thread =
                Thread.startVirtualThread(() -> {
                    try {
                        wait.run();
                    } catch (Exception e) {
                        Thread.currentThread().interrupt();
                    }
                });
        TestTree.awaitParked(thread);
        return thread;
    }

    @Test
    void waitersGoOnWhenItHasHappened() throws Exception {
        List<Thread> waiters = new ArrayList<>();
        for (int i = 0; i < 50; i++) waiters.add(startWaiter(event::await));
        assertFalse(event.hasFired());
        event.fire();
        assertTrue(event.hasFired());
        for (Thread waiter : waiters) waiter.join();
    }

    @Test
    void lateWaiterDoesNotWait() throws Exception {
        event.fire();
        event.await();
        event.awaitUninterruptibly();
        var called = new AtomicBoolean();
        event.whenFired(() -> called.set(true));
        assertTrue(called.get());
    }

    @Test
    void itHappensOnce() {
        var calls = new AtomicInteger();
        event.whenFired(calls::incrementAndGet);
        event.fire();
        event.fire();
        assertEquals(1, calls.get());
    }

    @Test
    void callbacksAndThreadsAreNotifiedInTheirOrder() throws Exception {
        var order = new LinkedBlockingQueue<Integer>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            event.whenFired(() -> order.add(number));
        }
        event.fire();
        assertEquals(IntStream.range(0, 100).boxed().toList(), List.copyOf(order));
    }

    @Test
    void waiterThatGivesUpChangesNothingForTheOthers() throws Exception {
        List<Integer> order = new ArrayList<>();
        event.whenFired(() -> order.add(1));
        Thread first = startWaiter(event::await);
        event.whenFired(() -> order.add(2));
        Thread second = startWaiter(event::await);
        event.whenFired(() -> order.add(3));
        first.interrupt();
        first.join();
        assertTrue(second.isAlive());
        event.fire();
        second.join();
        assertEquals(List.of(1, 2, 3), order);
    }

    @Test
    void interruptBeforeAWaitEndsItAndIsCleared() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, event::await);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void interruptEndsAWaitThatLeavesItInTheStatus() {
        Thread.currentThread().interrupt();
        assertFalse(event.awaitOrInterrupt());
        assertTrue(Thread.interrupted(), "the interrupt is kept");
        event.fire();
        assertTrue(event.awaitOrInterrupt());
    }

    @Test
    void firedEventPrecedesAnInterrupt() throws Exception {
        event.fire();
        Thread.currentThread().interrupt();
        event.await();
        assertTrue(Thread.interrupted(), "the interrupt is kept");
    }

    @Test
    void strayPermitToParkDoesNotEndTheWait() throws Exception {
        Thread waiter = startWaiter(event::await);
        for (int i = 0; i < 10; i++) {
            java.util.concurrent.locks.LockSupport.unpark(waiter);
            TestTree.awaitParked(waiter);
        }
        event.fire();
        waiter.join();
    }

    @Test
    void waitWhateverHappensKeepsTheInterrupts() throws Exception {
        var kept = new AtomicBoolean();
        Thread waiter =
                startWaiter(() -> {
                    event.awaitUninterruptibly();
                    kept.set(Thread.currentThread().isInterrupted());
                });
        for (int i = 0; i < 3; i++) {
            waiter.interrupt();
            TestTree.awaitParked(waiter);
        }
        event.fire();
        waiter.join();
        assertTrue(kept.get());
    }

    @Test
    void interruptThatRacesTheEventLeavesNoThreadWaiting() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var racing = new Event();
            var ended = new CountDownLatch(2);
            var cut = new AtomicReference<Boolean>();
            Thread waiter = startWaiter(() -> awaitAndRecord(racing, cut, ended));
            startWaiter(() -> awaitAndRecord(racing, new AtomicReference<>(), ended));
            TestTree.race(round, racing::fire, waiter::interrupt);
            ended.await();
            waiter.join();
            assertTrue(cut.get() != null);
        }
    }

    private static void awaitAndRecord(
            Event event, AtomicReference<Boolean> cut, CountDownLatch ended) {
        try {
            event.await();
            cut.set(false);
        } catch (InterruptedException e) {
            cut.set(true);
        }
        ended.countDown();
    }

    @Test
    void waitersThatComeAndGoDuringTheEventAreAllNotified() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var racing = new Event();
            var notified = new AtomicInteger();
            Thread quitter = startWaiter(racing::await);
            TestTree.race(
                    round,
                    () -> {
                        for (int i = 0; i < 20; i++) racing.whenFired(notified::incrementAndGet);
                        racing.fire();
                    },
                    quitter::interrupt);
            assertEquals(20, notified.get(), "round " + round);
            quitter.join();
        }
    }

    @Test
    void removedWaitersAreNotKept() {
        var notified = new ArrayList<Integer>();
        event.whenFired(() -> notified.add(1));
        List<WeakReference<Event.Waiter>> gone = addAndRemove(1_000);
        event.whenFired(() -> notified.add(2));
        gone.addAll(addAndRemove(1_000));
        for (var each : gone) TestTree.awaitCollected("a waiter", each);
        event.fire();
        assertEquals(List.of(1, 2), notified);
    }

    /** A hundred at a time, so that removed waiters stand under active ones. */
    private List<WeakReference<Event.Waiter>> addAndRemove(int count) {
        List<WeakReference<Event.Waiter>> gone = new ArrayList<>();
        for (int i = 0; i < count; i += 100) {
            List<Event.Waiter> waiters = new ArrayList<>();
            for (int j = 0; j < 100; j++) waiters.add(event.whenFired(() -> {}));
            waiters.forEach(event::remove);
            waiters.forEach(waiter -> gone.add(new WeakReference<>(waiter)));
        }
        return gone;
    }

    @Test
    void manyWaitersCanBeRemovedInAnyOrder() {
        int many = 100_000;
        var notified = new AtomicInteger();
        List<Event.Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < many; i++) waiters.add(event.whenFired(notified::incrementAndGet));
        Collections.shuffle(waiters.subList(0, many / 2), new Random(7));
        waiters.subList(0, many - 3).forEach(event::remove);
        event.fire();
        assertEquals(3, notified.get());
    }

    @Test
    void concurrentRemovalsLoseNoOtherWaiter() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var one = new Event();
            var notified = new AtomicInteger();
            List<List<Event.Waiter>> leaving = List.of(new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < 60; i++) {
                Event.Waiter waiter = one.whenFired(notified::incrementAndGet);
                if (i % 3 < 2) leaving.get(i % 3).add(waiter);
            }
            TestTree.race(
                    round,
                    () -> leaving.get(0).forEach(one::remove),
                    () -> leaving.get(1).forEach(one::remove));
            one.fire();
            assertEquals(20, notified.get(), "round " + round);
        }
    }

    @Test
    void removedWaitersAreNotKeptUnderManyActiveOnes() {
        int waiting = 64;
        Deque<Event.Waiter> waiters = new ArrayDeque<>();
        List<WeakReference<Event.Waiter>> gone = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            waiters.add(event.whenFired(() -> {}));
            if (waiters.size() <= waiting) continue;
            Event.Waiter oldest = waiters.removeFirst();
            event.remove(oldest);
            gone.add(new WeakReference<>(oldest));
        }
        TestTree.awaitTrue(
                "few are left behind",
                () -> {
                    System.gc();
                    return gone.stream().filter(each -> !each.refersTo(null)).count() < 500;
                });
        assertEquals(waiting, waiters.size());
    }

    @Test
    void everyCallbackRunsEvenIfOthersThrow() throws Exception {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int number = i;
            event.whenFired(() -> {
                order.add(number);
                if (number % 2_000 == 0) throw new AssertionError("on purpose");
            });
        }
        Thread waiter = startWaiter(event::await);
        try (var log = new CapturedLog()) {
            event.fire();
            assertEquals(10, log.errors("the callback of an event failed"));
        }
        waiter.join();
        assertEquals(IntStream.range(0, 20_000).boxed().toList(), order);
    }
}
