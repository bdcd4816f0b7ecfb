package io.loomline.task.supervision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.TestTree;

import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;

/** Members that enter and leave, and waits until the registry is empty. */
class TaskRegistryTest {
    private static final int ROUNDS = 200;

    private final TaskRegistry<Object> roster = new TaskRegistry<>();

    /** A member. */
    private static final class Member {
        private final TaskRegistry<Object> roster;
        private final TaskRegistry.Page<Object> page;

        Member(TaskRegistry<Object> roster) {
            this.roster = roster;
            page = roster.enter(this);
        }

        void leave() {
            roster.leave(this, page);
        }
    }

    private Member enter() {
        return new Member(roster);
    }

    private List<Object> present() {
        List<Object> present = new ArrayList<>();
        roster.forEach(present::add);
        return present;
    }

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
    void walkMeetsMembersInTheOrderOfTheirEntry() {
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) expected.add(enter());
        assertEquals(expected, present());
        for (int i = 999; i >= 0; i -= 3) ((Member) expected.remove(i)).leave();
        assertEquals(expected, present());
    }

    @Test
    void anyComingAndGoingIsAsInAList() {
        var random = new SplittableRandom(7);
        List<Object> expected = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            // grows for a while, then shrinks
            boolean comes = random.nextInt(100) < (step / 2_000 % 2 == 0 ? 60 : 40);
            if (comes) expected.add(enter());
            else if (!expected.isEmpty()) {
                ((Member) expected.remove(random.nextInt(expected.size()))).leave();
            }
            assertEquals(expected.isEmpty(), roster.isEmpty());
            if (step % 100 == 0) assertEquals(expected, present());
        }
    }

    @Test
    void walkGoesOnOverPagesThatAreTornOutMeanwhile() {
        Deque<Member> inside = new ArrayDeque<>();
        for (int i = 0; i < 500; i++) inside.add(enter());
        Member last = inside.removeLast();
        List<Object> met = new ArrayList<>();
        roster.forEach(member -> {
            met.add(member);
            while (!inside.isEmpty()) inside.removeFirst().leave();
        });
        assertEquals(last, met.getLast());
    }

    @Test
    void keepsNoMemberThatLeft() {
        Member stays = enter();
        List<WeakReference<Object>> gone = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) gone.add(enterAndLeave());
        // except for the first page, which still has a member, and the last one, which is in use
        for (WeakReference<Object> each : gone.subList(50, 950)) {
            TestTree.awaitCollected("a page", each);
        }
        assertEquals(List.of(stays), present());
    }

    private WeakReference<Object> enterAndLeave() {
        Member member = enter();
        member.leave();
        return new WeakReference<>(member.page);
    }

    @Test
    void severalMayComeAndGoAtTheSameTime() throws Exception {
        Set<Object> stayed = ConcurrentHashMap.newKeySet();
        for (int round = 0; round < ROUNDS; round++) {
            TestTree.race(round, () -> comeMostlyAndGo(stayed), () -> comeMostlyAndGo(stayed));
        }
        assertEquals(ROUNDS * 2, stayed.size());
        assertEquals(stayed, Set.copyOf(present()));
        stayed.forEach(member -> ((Member) member).leave());
        assertTrue(roster.isEmpty());
        assertEquals(List.of(), present());
    }

    private void comeMostlyAndGo(Set<Object> stayed) {
        for (int i = 0; i < 100; i++) enter().leave();
        stayed.add(enter());
    }

    @Test
    void awaitOfAnEmptyRegistryReturns() throws Exception {
        assertTrue(roster.isEmpty());
        roster.awaitEmpty();
        roster.awaitEmptyUninterruptibly();
    }

    @Test
    void everyWaiterGoesOnWhenTheLastHasLeft() throws Exception {
        Member first = enter();
        Member second = enter();
        List<FutureTask<Boolean>> waiters = new ArrayList<>();
        for (int i = 0; i < 20; i++) waiters.add(startWaiter(roster::awaitEmpty));
        second.leave();
        assertFalse(roster.isEmpty());
        assertTrue(waiters.stream().noneMatch(FutureTask::isDone));
        first.leave();
        for (FutureTask<Boolean> waiter : waiters) assertFalse(waiter.get());
    }

    @Test
    void rosterMayBeFilledAgain() throws Exception {
        for (int i = 0; i < 3; i++) {
            Member member = enter();
            FutureTask<Boolean> waiter = startWaiter(roster::awaitEmpty);
            assertFalse(waiter.isDone());
            member.leave();
            waiter.get();
        }
    }

    @Test
    void interruptEndsTheWait() {
        enter();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, roster::awaitEmpty);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void interruptDoesNotEndTheUninterruptibleWait() throws Exception {
        Member member = enter();
        FutureTask<Boolean> waiter =
                startWaiter(() -> {
                    Thread.currentThread().interrupt();
                    roster.awaitEmptyUninterruptibly();
                });
        assertFalse(waiter.isDone());
        member.leave();
        assertTrue(waiter.get(), "the interrupt is kept");
    }

    @Test
    void leaveThatRacesTheWaitIsNotMissed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            TestTree.race(round, roster::awaitEmpty, enter()::leave);
            TestTree.race(round, roster::awaitEmptyUninterruptibly, enter()::leave);
        }
        assertTrue(roster.isEmpty());
        assertEquals(Thread.State.RUNNABLE, Thread.currentThread().getState());
    }
}
