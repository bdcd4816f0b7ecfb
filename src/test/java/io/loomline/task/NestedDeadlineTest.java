package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** Deadlines inside deadlines: the nearest cancels, and the outermost expired one is reported. */
class NestedDeadlineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    private void pass(Duration time) {
        tree.clock().advance(time);
    }

    private void passAndBlock(Duration time) throws InterruptedException {
        pass(time);
        TestTree.block();
    }

    /** Finds that the inner call lets the cancel pass on, which only the outermost may report. */
    private static void assertPassesOn(Deadline inner, Action<RuntimeException> body)
            throws InterruptedException {
        var e = assertThrows(InterruptedException.class, () -> inner.run(body));
        assertTrue(Thread.currentThread().isInterrupted());
        throw e;
    }

    @Test
    void innerThatRunsOutFirstReportsAndTheOuterGoesOn() throws Exception {
        Deadline outer = tree.deadline(MINUTE);
        Deadline inner = tree.deadline(SECOND);
        outer.run(() -> {
            assertThrows(TimeoutException.class, () -> inner.run(() -> passAndBlock(SECOND)));
            assertFalse(Thread.currentThread().isInterrupted());
            Task.checkCancelled();
        });
        assertFalse(outer.isExpired());
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void outerThatRunsOutFirstReports() {
        Deadline outer = tree.deadline(SECOND);
        Deadline inner = tree.deadline(MINUTE);
        assertThrows(
                TimeoutException.class,
                () -> outer.run(() -> assertPassesOn(inner, () -> passAndBlock(SECOND))));
        assertFalse(inner.isExpired());
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void ofEqualOnesOnlyTheOutermostReports() {
        Deadline outer = tree.deadline(SECOND);
        Deadline inner = tree.deadline(SECOND);
        assertThrows(
                TimeoutException.class,
                () -> outer.run(() -> assertPassesOn(inner, () -> passAndBlock(SECOND))));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void ofManyThatHaveRunOutOnlyTheOutermostReports() {
        Deadline outermost = tree.deadline(Duration.ofSeconds(4));
        assertThrows(TimeoutException.class, () -> outermost.run(() -> nest(3)));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    private static void assertExpires(Deadline deadline, Action<RuntimeException> code) {
        assertThrows(TimeoutException.class, () -> deadline.run(code));
    }

    private void nest(int levels) throws InterruptedException {
        if (levels == 0) passAndBlock(MINUTE);
        assertPassesOn(tree.deadline(Duration.ofSeconds(levels)), () -> nest(levels - 1));
    }

    @Test
    void middleReportsWhereTheOutermostHasTimeLeft() throws Exception {
        Deadline outermost = tree.deadline(MINUTE);
        Deadline middle = tree.deadline(SECOND);
        Deadline inner = tree.deadline(SECOND);
        outermost.run(() -> {
            assertExpires(middle, () -> assertPassesOn(inner, () -> passAndBlock(SECOND)));
            Task.checkCancelled();
        });
    }

    @Test
    void outerRunsOutWhileTheCodeGoesOnAfterTheInner() {
        Deadline outer = tree.deadline(MINUTE);
        Deadline inner = tree.deadline(SECOND);
        assertExpires(
                outer,
                () -> {
                    assertExpires(inner, () -> passAndBlock(SECOND));
                    passAndBlock(MINUTE);
                });
    }

    @Test
    void outerWhoseTimerIsLateReportsAllTheSame() {
        Deadline outer = Deadline.after(SECOND, new LateClock(tree.clock()));
        Deadline inner = tree.deadline(SECOND);
        assertThrows(
                TimeoutException.class,
                () -> outer.run(() -> assertPassesOn(inner, () -> passAndBlock(SECOND))));
    }

    /** A clock whose timers fire too late to matter. */
    private record LateClock(Clock time) implements Clock {
        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public Timer scheduleAt(long atNanos, Runnable action) {
            return () -> {};
        }
    }

    @Test
    void oneDeadlineMayBeEnteredTwice() {
        Deadline deadline = tree.deadline(SECOND);
        assertThrows(
                TimeoutException.class,
                () -> deadline.run(() -> assertPassesOn(deadline, () -> passAndBlock(SECOND))));
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void valueOfTheInnerIsReturnedThoughBothHaveRunOut() throws Exception {
        Deadline outer = tree.deadline(SECOND);
        Deadline inner = tree.deadline(SECOND);
        int value =
                outer.call(() ->
                        inner.call(() -> {
                            pass(SECOND);
                            return 7;
                        }));
        assertEquals(7, value);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void valueOfTheInnerDoesNotStopTheOuter() {
        Deadline outer = tree.deadline(SECOND);
        Deadline inner = tree.deadline(SECOND);
        assertThrows(
                TimeoutException.class,
                () ->
                        outer.run(() -> {
                            inner.run(() -> pass(SECOND));
                            assertTrue(Thread.currentThread().isInterrupted());
                            TestTree.block();
                        }));
    }

    @Test
    void deadlineInACleanUpDoesNotHideTheExpiry() {
        Deadline outer = tree.deadline(SECOND);
        assertThrows(
                TimeoutException.class,
                () ->
                        outer.run(() -> {
                            try {
                                passAndBlock(SECOND);
                            } finally {
                                Deadline cleanUp = tree.deadline(MINUTE);
                                assertThrows(
                                        InterruptedException.class,
                                        () -> cleanUp.run(Task::checkCancelled));
                            }
                        }));
    }

    @Test
    void expiryAboveATaskCancelsTheTask() throws Exception {
        var below = new AtomicReference<Task<Void>>();
        tree.root()
                .start(() -> {
                    Deadline outer = tree.deadline(SECOND);
                    assertThrows(
                            TimeoutException.class,
                            () -> outer.<Exception>run(() -> joinChild(below)));
                    assertFalse(Thread.currentThread().isInterrupted());
                })
                .join();
        assertTrue(below.get().isCancelled());
    }

    /** Joins a child that lets the deadline around its parent, and one of its own, run out. */
    private void joinChild(AtomicReference<Task<Void>> below) throws Exception {
        try (TaskGroup group = tree.root().open(GroupOptions.DEFAULT)) {
            Deadline own = tree.deadline(SECOND);
            below.set(group.start(() -> assertPassesOn(own, () -> passAndBlock(SECOND))));
            below.get().join();
        }
    }
}
