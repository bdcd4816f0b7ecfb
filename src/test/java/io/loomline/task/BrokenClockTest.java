package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.RunningThread;
import io.loomline.task.supervision.ScopeAccess;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A user's clock that throws: timers may be lost, but every task still ends. */
class BrokenClockTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** A clock that is moved by hand, some of whose methods fail from a time on. */
    static final class FaultyClock implements Clock {
        private final ManualClock clock = new ManualClock();
        private volatile boolean setsNone;
        private volatile boolean takesNoneBack;
        private volatile boolean tellsNoTime;

        @Override
        public long nanoTime() {
            if (tellsNoTime) throw new AssertionError("no time");
            return clock.nanoTime();
        }

        @Override
        public Timer scheduleAt(long atNanos, Runnable action) {
            if (setsNone) throw new AssertionError("no timer is set");
            Timer timer = clock.scheduleAt(atNanos, action);
            return () -> {
                timer.cancel();
                if (takesNoneBack) throw new AssertionError("no timer is taken back");
            };
        }
    }

    enum Fault {
        SETS_NO_TIMER,
        TAKES_NONE_BACK,
        TELLS_NO_TIME;

        void breakClock(FaultyClock clock) {
            switch (this) {
                case SETS_NO_TIMER -> clock.setsNone = true;
                case TAKES_NONE_BACK -> clock.takesNoneBack = true;
                case TELLS_NO_TIME -> clock.tellsNoTime = true;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void brokenClockKeepsNoTaskFromItsEnd(Fault fault) throws Exception {
        var clock = new FaultyClock();
        TaskGroup root = TaskGroup.root(GroupOptions.DEFAULT.withLimit(10), clock);
        var calls = new AtomicInteger();
        Task<Void> sibling = TestTree.blockedIn(root);
        sibling.onDone(_ -> calls.incrementAndGet());
        Task<Void> inner = TestTree.blockedIn(root.child(GroupOptions.DEFAULT.withName("inner")));
        inner.onDone(_ -> calls.incrementAndGet());
        fault.breakClock(clock);
        root.start(() -> Integer.parseInt("x")); // whose failure cancels the others
        TestTree.awaitTrue("all have ended", root::isEmpty);
        assertThrows(ExecutionException.class, root::await);
        Thread closer = Thread.ofPlatform().daemon().start(root::close);
        TestTree.awaitTrue("closed", () -> !closer.isAlive());
        assertEquals(2, calls.get());
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void brokenClockPreventsNeitherCancelNorClose(Fault fault) {
        var clock = new FaultyClock();
        TaskGroup root = TaskGroup.root(GroupOptions.DEFAULT, clock);
        Task<Void> first = TestTree.blockedIn(root);
        Task<Void> second = TestTree.blockedIn(root.child(GroupOptions.DEFAULT));
        fault.breakClock(clock);
        first.cancel();
        Thread closer = Thread.ofPlatform().daemon().start(root::close);
        TestTree.awaitTrue("closed", () -> !closer.isAlive());
        assertEquals(State.CANCELLED, first.state());
        assertEquals(State.CANCELLED, second.state());
    }

    @Test
    void resultOfADeadlinesBodyPrecedesAFaultOfItsClock() throws Exception {
        var clock = new FaultyClock();
        assertEquals(
                7,
                Deadline.after(MINUTE, clock)
                        .call(() -> {
                            clock.takesNoneBack = true;
                            return 7;
                        }));
    }

    @Test
    void deadlineThatCouldNotBeSetLeavesNoEntry() throws Exception {
        var clock = new FaultyClock();
        Deadline deadline = Deadline.after(MINUTE, clock);
        clock.setsNone = true;
        assertThrows(AssertionError.class, () -> deadline.call(() -> 7));
        clock.setsNone = false;
        assertEquals(7, deadline.call(() -> 7));
        assertEquals(0, clock.clock.timers());
    }

    @Test
    void reminderThatCannotBeGivenStopsNoOther() throws Exception {
        var clock = new ManualClock();
        var woken = new AtomicInteger();
        var watchdog = new CancelWatchdog<>(new Unwakeable(woken), ClockSource.of(clock));
        List<Object> all = List.of("one", "two", "three");
        all.forEach(watchdog::watch);
        clock.advance(Duration.ofMillis(100));
        assertEquals(3, woken.get());
        clock.advance(Duration.ofSeconds(10));
        assertTrue(woken.get() > 3, woken::toString);
        all.forEach(watchdog::unwatch);
        assertEquals(0, clock.timers());
    }

    /** Scopes that fail when they are woken, which is counted. */
    private record Unwakeable(AtomicInteger woken) implements ScopeAccess<Object> {
        @Override
        public void wake(Object scope) {
            woken.incrementAndGet();
            throw new AssertionError("cannot be woken");
        }

        @Override
        public boolean hasEnded(Object scope) {
            return false;
        }

        @Override
        public void forEachThread(Object scope, Consumer<? super RunningThread> visitor) {}

        @Override
        public String label(Object scope) {
            return scope.toString();
        }
    }
}
