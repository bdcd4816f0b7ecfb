package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/** Shields in deadlines, deadlines in shields, shields in shields. */
class ShieldAndDeadlineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final List<String> said = new ArrayList<>();

    private Task<Void> startParked(TaskBody body) {
        return TestTree.startParked(tree.root(), body);
    }

    private void sleepAndSay(Duration duration, String words) throws InterruptedException {
        Task.sleep(duration);
        said.add(words);
    }

    @Test
    void deadlineOutsideIsHiddenInsideAndCutsTheNextCall() throws Exception {
        Task<Void> task = startParked(() -> assertThrows(TimeoutException.class, this::outlast));
        tree.clock().advance(SECOND.multipliedBy(2));
        task.join();
        assertEquals(List.of("slept"), said);
    }

    private void outlast() throws InterruptedException, TimeoutException {
        Deadline.after(SECOND)
                .run(() -> {
                    Shield.run(MINUTE, () -> sleepAndSay(SECOND.multipliedBy(2), "slept"));
                    sleepAndSay(SECOND, "never");
                });
    }

    @Test
    void valueOfAShieldPrecedesADeadlineThatExpiredMeanwhile() throws Exception {
        Task<Void> task =
                startParked(() ->
                        Deadline.after(SECOND)
                                .run(() ->
                                        Shield.run(
                                                MINUTE, () -> Task.sleep(SECOND.multipliedBy(2)))));
        tree.clock().advance(SECOND);
        assertFalse(task.thread().isInterrupted());
        tree.clock().advance(SECOND);
        task.join();
    }

    @Test
    void outerDeadlineCancelsWhenTheBoundHasPassed() throws Exception {
        Task<Void> task =
                startParked(() ->
                        assertThrows(
                                TimeoutException.class,
                                () -> Deadline.after(SECOND).run(() -> shieldedSleep(MINUTE))));
        tree.clock().advance(SECOND.multipliedBy(5));
        task.join();
    }

    private static void shieldedSleep(Duration duration) throws InterruptedException {
        Shield.run(SECOND.multipliedBy(5), () -> Task.sleep(duration));
    }

    @Test
    void ownDeadlineInsideStillCuts() throws Exception {
        Task<Void> task =
                startParked(() -> {
                    Task.current().cancel("from outside");
                    Shield.run(MINUTE, this::runOutOfTime);
                });
        tree.clock().advance(SECOND);
        task.join();
        assertEquals(List.of("out of time"), said);
    }

    private void runOutOfTime() throws InterruptedException {
        try {
            Deadline.after(SECOND).run(() -> Task.sleep(MINUTE));
        } catch (TimeoutException e) {
            Task.checkCancelled(); // the shield holds on
            said.add("out of time");
        }
    }

    @Test
    void outerCancelPrecedesAnInnerDeadlineThatExpiresWithTheBound() {
        Task<Void> task =
                startParked(() -> {
                    Task.current().cancel("from outside");
                    Shield.run(SECOND, this::runOutOfTime);
                });
        tree.clock().advance(SECOND);
        assertThrows(CancellationException.class, task::join);
        assertEquals(List.of(), said);
    }

    @Test
    void outermostDeadlineIsReportedThroughAShieldWhoseBoundHasPassed() throws Exception {
        Task<Void> task =
                startParked(() ->
                        assertThrows(
                                TimeoutException.class,
                                () ->
                                        Deadline.after(SECOND)
                                                .run(() ->
                                                        Shield.run(SECOND, this::runOutOfTime))));
        tree.clock().advance(SECOND);
        task.join();
        assertEquals(List.of(), said);
    }

    @Test
    void deadlineThatIsMovedOutsideTheShieldCancelsWhenTheShieldIsLeft() throws Exception {
        Deadline deadline = tree.deadline(MINUTE);
        Task<Void> task =
                startParked(() ->
                        assertThrows(
                                TimeoutException.class,
                                () -> deadline.run(() -> shieldedThenOpen(SECOND))));
        deadline.moveTo(Duration.ZERO);
        assertFalse(task.thread().isInterrupted());
        tree.clock().advance(SECOND);
        task.join();
        assertEquals(List.of("shielded"), said);
    }

    private void shieldedThenOpen(Duration duration) throws InterruptedException {
        Shield.run(MINUTE, () -> sleepAndSay(duration, "shielded"));
        Task.checkCancelled();
        said.add("never");
    }

    @Test
    void innerShieldHidesAsLongAsItsOwnBound() throws Exception {
        Task<Void> task =
                startParked(() -> {
                    Task.current().cancel("from outside");
                    Shield.run(SECOND, () -> shieldedThenOpen(MINUTE.dividedBy(2)));
                });
        tree.clock().advance(MINUTE.dividedBy(2));
        assertThrows(CancellationException.class, task::join);
        assertEquals(List.of("shielded"), said);
    }

    @Test
    void outerShieldHidesWhenTheBoundOfTheInnerHasPassed() throws Exception {
        Task<Void> task =
                startParked(() -> {
                    Task.current().cancel("from outside");
                    Shield.run(MINUTE, () -> shieldedSleep(SECOND.multipliedBy(50)));
                    said.add("hidden to the end");
                });
        tree.clock().advance(SECOND.multipliedBy(50));
        task.join();
        assertEquals(List.of("hidden to the end"), said);
    }

    @Test
    void cancelIsSeenWhenBothBoundsHavePassed() {
        Task<Void> task =
                startParked(() -> {
                    Task.current().cancel("from outside");
                    Shield.run(SECOND, () -> shieldedSleep(MINUTE));
                });
        tree.clock().advance(SECOND.multipliedBy(5));
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void oneShieldAfterTheOtherHidesEachTime() throws Exception {
        Task<Void> task =
                startParked(() -> {
                    Task.current().cancel("from outside");
                    assertThrows(InterruptedException.class, () -> shieldedSleep(MINUTE));
                    Shield.run(SECOND, () -> said.add("hidden again"));
                    assertTrue(Thread.currentThread().isInterrupted());
                });
        tree.clock().advance(SECOND.multipliedBy(5));
        task.join();
        assertEquals(List.of("hidden again"), said);
    }
}
