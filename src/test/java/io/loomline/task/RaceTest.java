package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeoutException;

/** The first success wins, and the other tasks have ended when the call returns. */
class RaceTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");

    private Task<String> start(Callable<String> body) {
        return tree.root().start(body);
    }

    private Task<String> parked(Callable<String> body) {
        Task<String> task = start(body);
        TestTree.awaitParked(task.thread());
        return task;
    }

    private Task<String> blocked() {
        return parked(() -> {
            TestTree.block();
            return "never";
        });
    }

    private Task<String> failing(Exception exception) {
        return start(() -> {
            throw exception;
        });
    }

    private Task<String> failingOnCancel(Exception exception) {
        return parked(() -> {
            assertThrows(InterruptedException.class, TestTree::block);
            throw exception;
        });
    }

    @Test
    void firstSuccessWinsAndTheOthersAreCancelledAndJoined() throws Exception {
        List<Task<String>> tasks = List.of(blocked(), start(() -> "won"), blocked());
        assertEquals("won", Tasks.race(tasks));
        assertEquals(State.CANCELLED, tasks.get(0).state());
        assertEquals(State.CANCELLED, tasks.get(2).state());
    }

    @Test
    void loserThatCleansUpSlowlyHasEndedWhenTheRaceReturns() throws Exception {
        var mayEnd = new CountDownLatch(1);
        Task<String> slow =
                parked(() -> {
                    assertThrows(InterruptedException.class, TestTree::block);
                    Shield.run(SECOND, () -> mayEnd.await());
                    return "too late";
                });
        Task<String> race = start(() -> Tasks.race(List.of(slow, start(() -> "won"))));
        TestTree.awaitTrue("cancelled", () -> slow.cancelReason().isPresent());
        assertFalse(race.isDone());
        mayEnd.countDown();
        assertEquals("won", race.join());
        assertEquals("too late", slow.join());
    }

    @Test
    void failureAndCancelDoNotEndTheRace() throws Exception {
        var go = new CountDownLatch(1);
        Task<String> last =
                start(() -> {
                    go.await();
                    return "won";
                });
        Task<String> cancelled = blocked();
        Task<String> failing = failing(failure);
        Task<String> race = start(() -> Tasks.race(List.of(last, cancelled, failing)));
        TestTree.awaitParked(race.thread());
        cancelled.cancelAndJoin();
        TestTree.awaitTrue("failed", failing::isDone);
        assertFalse(race.isDone());
        go.countDown();
        assertEquals("won", race.join());
    }

    @Test
    void nullMayWin() throws Exception {
        assertNull(Tasks.race(List.of(blocked(), start(() -> null))));
    }

    @Test
    void singleTaskWinsOrFails() throws Exception {
        assertEquals("won", Tasks.race(List.of(start(() -> "won"))));
        var e = assertThrows(ExecutionException.class, () -> Tasks.race(List.of(failing(failure))));
        assertSame(failure, e.getCause());
    }

    @Test
    void winnerThatHasEndedBeforeWins() throws Exception {
        Task<String> winner = start(() -> "won");
        winner.join();
        assertEquals("won", Tasks.race(List.of(blocked(), winner)));
    }

    @Test
    void firstFailureIsTheCauseIfAllFail() {
        var second = new IOException("second");
        Task<String> first = failing(failure);
        TestTree.awaitTrue("failed", first::isDone);
        Task<String> later = failingOnCancel(second);
        later.cancel();
        var e = assertThrows(ExecutionException.class, () -> Tasks.race(List.of(first, later)));
        assertSame(failure, e.getCause());
        assertEquals(List.of(second), List.of(e.getSuppressed()));
    }

    @Test
    void failurePrecedesCancelsIfNoneSucceeds() {
        Task<String> cancelled = blocked();
        cancelled.cancel();
        List<Task<String>> tasks = List.of(cancelled, failing(failure));
        var e = assertThrows(ExecutionException.class, () -> Tasks.race(tasks));
        assertSame(failure, e.getCause());
    }

    @Test
    void cancelOfAllIsACancel() {
        List<Task<String>> tasks = List.of(blocked(), blocked());
        for (Task<String> task : tasks) task.cancel();
        assertThrows(CancellationException.class, () -> Tasks.race(tasks));
    }

    @Test
    void noTasksAreRefused() {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> Tasks.race(List.<Task<String>>of()));
        assertTrue(e.getMessage().contains("expected one or more"), e::getMessage);
    }

    @Test
    void missingTaskIsRefusedAndDoesNotAffectTheOthers() throws Exception {
        Task<String> other = blocked();
        assertThrows(NullPointerException.class, () -> Tasks.race(Arrays.asList(other, null)));
        assertFalse(other.thread().isInterrupted());
        other.cancelAndJoin();
    }

    @Test
    void sameTaskTwiceRunsOnce() throws Exception {
        Task<String> winner = start(() -> "won");
        assertEquals("won", Tasks.race(List.of(winner, winner)));
        Task<String> loser = failing(failure);
        assertThrows(ExecutionException.class, () -> Tasks.race(List.of(loser, loser)));
    }

    @Test
    void cancelOfTheCallerCancelsAndJoinsAll() {
        List<Task<String>> tasks = List.of(blocked(), blocked(), blocked());
        Task<String> race = parked(() -> Tasks.race(tasks));
        race.cancel("from outside");
        var e = assertThrows(CancellationException.class, race::join);
        assertTrue(e.getMessage().contains("from outside"), e::getMessage);
        for (Task<String> task : tasks) assertEquals(State.CANCELLED, task.state());
    }

    @Test
    void cancelOfTheCallerCarriesWhatFailed() throws Exception {
        var second = new IOException("second");
        List<Task<String>> tasks =
                List.of(failing(failure), blocked(), failingOnCancel(second), blocked());
        Task<InterruptedException> race =
                tree.root()
                        .start(() ->
                                assertThrows(InterruptedException.class, () -> Tasks.race(tasks)));
        TestTree.awaitParked(race.thread());
        TestTree.awaitTrue("failed", tasks.getFirst()::isDone);
        race.cancel();
        Throwable suppressed = race.join().getSuppressed()[0];
        assertSame(failure, suppressed.getCause());
        assertEquals(List.of(second), List.of(suppressed.getSuppressed()));
    }

    @Test
    void callerThatIsCancelledAlreadyCancelsAndJoinsAllToo() throws Exception {
        Task<String> other = blocked();
        Task<Void> caller =
                tree.root()
                        .start(() -> {
                            Task.current().cancel();
                            assertThrows(
                                    InterruptedException.class, () -> Tasks.race(List.of(other)));
                        });
        caller.join();
        assertTrue(other.isCancelled());
    }

    @Test
    void deadlineAroundItCancelsAndJoinsAll() {
        List<Task<String>> tasks = new ArrayList<>(Collections.nCopies(2, blocked()));
        Task<String> race = parked(() -> Deadline.after(SECOND).call(() -> raceOrFail(tasks)));
        tree.clock().advance(SECOND);
        var e = assertThrows(ExecutionException.class, race::join);
        assertSame(TimeoutException.class, e.getCause().getClass());
        for (Task<String> task : tasks) assertEquals(State.CANCELLED, task.state());
    }

    private static String raceOrFail(List<Task<String>> tasks) throws InterruptedException {
        try {
            return Tasks.race(tasks);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
