package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** Who waits until nobody is inside. */
class GateTest {
    private static final int ROUNDS = 200;

    private final Gate gate = new Gate();

    private static FutureTask<Boolean> startWaiter(TestTree.Racer wait) {
        var waiting =
                new FutureTask<>(() -> {
                    wait.run();
                    return Thread.currentThread().isInterrupted();
                });
        Thread thread = Thread.startVirtualThread(waiting);
        TestTree.awaitTrue(
                "waits", () -> waiting.isDone() || thread.getState() == Thread.State.WAITING);
        return waiting;
    }

    @Test
    void nobodyWaitsAtAnEmptyGate() throws Exception {
        assertTrue(gate.isEmpty());
        gate.awaitEmpty();
        gate.awaitEmptyUninterruptibly();
    }

    @Test
    void everyWaiterGoesOnWhenTheLastHasLeft() throws Exception {
        gate.enter();
        gate.enter();
        List<FutureTask<Boolean>> waiters = new ArrayList<>();
        for (int i = 0; i < 20; i++) waiters.add(startWaiter(gate::awaitEmpty));
        gate.leave();
        assertFalse(gate.isEmpty());
        assertTrue(waiters.stream().noneMatch(FutureTask::isDone));
        gate.leave();
        for (FutureTask<Boolean> waiter : waiters) assertFalse(waiter.get());
    }

    @Test
    void gateMayBeFilledAgain() throws Exception {
        for (int i = 0; i < 3; i++) {
            gate.enter();
            FutureTask<Boolean> waiter = startWaiter(gate::awaitEmpty);
            assertFalse(waiter.isDone());
            gate.leave();
            waiter.get();
        }
    }

    @Test
    void moreThanAPhaserHoldsMayBeInside() throws Exception {
        int many = 100_000;
        for (int i = 0; i < many; i++) gate.enter();
        FutureTask<Boolean> waiter = startWaiter(gate::awaitEmpty);
        for (int i = 0; i < many - 1; i++) gate.leave();
        assertFalse(waiter.isDone());
        gate.leave();
        waiter.get();
    }

    @Test
    void interruptEndsTheWait() {
        gate.enter();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, gate::awaitEmpty);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void interruptDoesNotEndTheWaitThatGoesOnWhateverHappens() throws Exception {
        gate.enter();
        FutureTask<Boolean> waiter =
                startWaiter(() -> {
                    Thread.currentThread().interrupt();
                    gate.awaitEmptyUninterruptibly();
                });
        assertFalse(waiter.isDone());
        gate.leave();
        assertTrue(waiter.get(), "the interrupt is kept");
    }

    @Test
    void leaveThatRacesTheWaitIsNotMissed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            gate.enter();
            TestTree.race(round, gate::awaitEmpty, gate::leave);
            gate.enter();
            TestTree.race(round, gate::awaitEmptyUninterruptibly, gate::leave);
        }
        assertTrue(gate.isEmpty());
        assertEquals(Thread.State.RUNNABLE, Thread.currentThread().getState());
    }
}
