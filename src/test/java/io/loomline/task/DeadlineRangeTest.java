package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Durations and readings near the limits of a {@code long}. */
class DeadlineRangeTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONGER_THAN_ANY_LIFE = Duration.ofDays(36_000);

    static Stream<Duration> huge() {
        return Stream.of(
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofNanos(Long.MAX_VALUE),
                Duration.ofNanos(Long.MAX_VALUE - 1),
                Duration.ofMillis(Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("huge")
    void hugeIsNever(Duration huge) throws Exception {
        for (Clock clock : new Clock[] {SystemClock.INSTANCE, new ManualClock()}) {
            Deadline deadline = Deadline.after(huge, clock);
            deadline.run(() -> assertIsFarAway(deadline));
            Deadline moved = Deadline.after(SECOND, clock);
            moved.moveTo(huge);
            moved.run(() -> assertIsFarAway(moved));
        }
    }

    private static void assertIsFarAway(Deadline deadline) throws InterruptedException {
        assertFalse(deadline.isExpired());
        assertTrue(deadline.remaining().compareTo(LONGER_THAN_ANY_LIFE) > 0);
        Task.checkCancelled();
        Task.sleep(Duration.ofNanos(1));
    }

    @ParameterizedTest
    @MethodSource("huge")
    void hugeNegativeDurationHasExpired(Duration huge) {
        for (Clock clock : new Clock[] {SystemClock.INSTANCE, new ManualClock()}) {
            Deadline deadline = Deadline.after(huge.negated(), clock);
            assertTrue(deadline.isExpired());
            assertEquals(Duration.ZERO, deadline.remaining());
            assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
        }
    }

    @ParameterizedTest
    @MethodSource("huge")
    void hugeTimeoutOfAJoinAndOfAnAwaitIsNever(Duration huge) throws Exception {
        try (TestTree tree = TestTree.supervised()) {
            Task<Void> target = tree.blocked();
            TaskGroup group = tree.group(GroupOptions.Policy.FAIL_FAST);
            Task<Void> awaited = TestTree.blockedIn(group);
            Task<?> joiner = TestTree.startParked(tree.root(), () -> target.join(huge));
            Task<?> waiter = TestTree.startParked(tree.root(), () -> group.await(huge));
            tree.clock().advance(LONGER_THAN_ANY_LIFE);
            assertFalse(joiner.isDone());
            assertFalse(waiter.isDone());
            target.cancel();
            awaited.cancel();
            waiter.join();
            assertThrows(java.util.concurrent.ExecutionException.class, joiner::join);
            group.close();
        }
    }

    @Test
    void hugeInsideOfShortIsCancelledByTheShort() {
        var clock = new ManualClock();
        Deadline outer = Deadline.after(SECOND, clock);
        Deadline inner = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE), clock);
        assertThrows(
                TimeoutException.class,
                () ->
                        outer.<Exception>run(() ->
                                inner.run(() -> {
                                    clock.advance(SECOND);
                                    Task.checkCancelled();
                                })));
        assertTrue(outer.isExpired());
        assertFalse(inner.isExpired());
    }

    /** The origin of readings is arbitrary: they may be negative, and may wrap around. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE - 500_000_000, Long.MAX_VALUE})
    void originOfTheClockDoesNotMatter(long origin) {
        var time = new ManualClock();
        var clock = new ShiftedClock(time, origin);
        Deadline deadline = Deadline.after(SECOND, clock);
        assertEquals(SECOND, deadline.remaining());
        time.advance(SECOND.minusNanos(1));
        assertFalse(deadline.isExpired());
        assertEquals(Duration.ofNanos(1), deadline.remaining());
        assertThrows(
                TimeoutException.class,
                () ->
                        deadline.run(() -> {
                            Task.checkCancelled();
                            time.advance(Duration.ofNanos(1));
                            Task.checkCancelled();
                        }));
        assertTrue(deadline.isExpired());
        deadline.moveTo(Duration.ofSeconds(Long.MAX_VALUE));
        assertFalse(deadline.isExpired());
    }

    private record ShiftedClock(ManualClock time, long origin) implements Clock {
        @Override
        public long nanoTime() {
            return time.nanoTime() + origin;
        }

        @Override
        public Timer scheduleAt(long atNanos, Runnable action) {
            return time.scheduleAt(atNanos - origin, action);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 1_000, 100_000, 1_000_000})
    void everyShortTimeoutCutsByTheMachinesClock(long nanos) {
        Deadline deadline = Deadline.after(Duration.ofNanos(nanos));
        assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
        assertTrue(deadline.isExpired());
        assertFalse(Thread.currentThread().isInterrupted());
    }
}
