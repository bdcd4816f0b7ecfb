package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One deadline. Most tests run on JUnit's thread and let the body itself move the clock, so that
 * the deadline runs out at one exact point of the code.
 */
class DeadlineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    private void pass(Duration time) {
        tree.clock().advance(time);
    }

    @Test
    void bodyThatIsInTimeReturnsItsValue() throws Exception {
        assertEquals(7, tree.deadline(SECOND).call(() -> 7));
        var ran = new AtomicBoolean();
        tree.deadline(SECOND).run(() -> ran.set(true));
        assertTrue(ran.get());
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void bodyThatBlocksTooLongIsCancelled() throws Exception {
        Deadline deadline = tree.deadline(SECOND);
        var cut = new CountDownLatch(1);
        Thread thread =
                Thread.startVirtualThread(() -> {
                    assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
                    assertFalse(Thread.currentThread().isInterrupted());
                    cut.countDown();
                });
        TestTree.awaitParked(thread);
        pass(SECOND.minusNanos(1));
        TestTree.awaitParked(thread);
        pass(Duration.ofNanos(1));
        cut.await();
    }

    @Test
    void timeoutHasTheInterruptAsItsCause() {
        Deadline deadline = tree.deadline(Duration.ZERO);
        var e = assertThrows(TimeoutException.class, () -> deadline.run(Task::checkCancelled));
        assertTrue(e.getCause() instanceof InterruptedException);
        assertTrue(e.getCause().getMessage().contains("deadline"), e.getCause().getMessage());
    }

    @Test
    void expiryIsSeenAgainAndAgainInsideAndNotOutside() throws Exception {
        tree.deadline(SECOND)
                .run(() -> {
                    Task.checkCancelled();
                    pass(SECOND);
                    for (int i = 0; i < 3; i++) {
                        assertThrows(InterruptedException.class, Task::checkCancelled);
                        assertThrows(InterruptedException.class, TestTree::block);
                    }
                });
        assertFalse(Thread.currentThread().isInterrupted());
        Task.checkCancelled();
    }

    @Test
    void valueInSpiteOfTheExpiryIsReturned() throws Exception {
        int value =
                tree.deadline(SECOND)
                        .call(() -> {
                            pass(SECOND);
                            assertThrows(InterruptedException.class, TestTree::block);
                            return 7;
                        });
        assertEquals(7, value);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -1_000_000_000, Long.MIN_VALUE})
    void deadlineThatHadExpiredStillRunsABodyThatDoesNotBlock(long nanos) throws Exception {
        Deadline over = tree.deadline(Duration.ofNanos(nanos));
        assertTrue(over.isExpired());
        assertEquals(Duration.ZERO, over.remaining());
        assertEquals(7, over.call(() -> 7));
        assertFalse(Thread.currentThread().isInterrupted());
        assertEquals(0, tree.clock().timers());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -1_000_000_000, Long.MIN_VALUE})
    void deadlineThatHadExpiredCancelsTheFirstBlockingCall(long nanos) {
        Deadline over = tree.deadline(Duration.ofNanos(nanos));
        assertThrows(TimeoutException.class, () -> over.run(TestTree::block));
        assertThrows(TimeoutException.class, () -> over.run(Task::checkCancelled));
        assertThrows(TimeoutException.class, () -> over.run(() -> Task.sleep(Duration.ZERO)));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void timeRunsFromWhereItWasMade() {
        Deadline deadline = tree.deadline(SECOND);
        pass(SECOND);
        assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
    }

    @Test
    void severalCallsShareOneBudget() throws Exception {
        Deadline budget = tree.deadline(SECOND);
        budget.run(() -> pass(Duration.ofMillis(600)));
        assertEquals(Duration.ofMillis(400), budget.remaining());
        budget.run(() -> pass(Duration.ofMillis(399)));
        assertFalse(budget.isExpired());
        assertThrows(
                TimeoutException.class,
                () ->
                        budget.run(() -> {
                            pass(Duration.ofMillis(1));
                            TestTree.block();
                        }));
        assertThrows(TimeoutException.class, () -> budget.run(TestTree::block));
    }

    @Test
    void remainingTimeShrinksToZero() {
        Deadline deadline = tree.deadline(SECOND);
        assertEquals(SECOND, deadline.remaining());
        pass(SECOND.minusNanos(1));
        assertEquals(Duration.ofNanos(1), deadline.remaining());
        assertFalse(deadline.isExpired());
        pass(Duration.ofNanos(1));
        assertEquals(Duration.ZERO, deadline.remaining());
        assertTrue(deadline.isExpired());
        pass(SECOND);
        assertEquals(Duration.ZERO, deadline.remaining());
    }

    @Test
    void exceptionOfTheBodyPassesUnchangedInTime() {
        var thrown = new IOException("on purpose");
        Deadline deadline = tree.deadline(SECOND);
        assertSame(thrown, assertThrows(IOException.class, () -> raiseIn(deadline, thrown)));
        assertEquals(0, tree.clock().timers());
    }

    @Test
    void exceptionOfTheCleanUpPassesUnchangedAfterTheExpiry() {
        var thrown = new IOException("from the clean-up");
        Deadline deadline = tree.deadline(SECOND);
        var e =
                assertThrows(
                        IOException.class,
                        () ->
                                deadline.<IOException>run(() -> {
                                    pass(SECOND);
                                    assertThrows(InterruptedException.class, TestTree::block);
                                    throw thrown;
                                }));
        assertSame(thrown, e);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void timeoutOfTheBodysOwnPassesUnchanged() {
        var own = new TimeoutException("the body's own");
        Deadline over = tree.deadline(Duration.ZERO);
        assertSame(own, assertThrows(TimeoutException.class, () -> raiseIn(over, own)));
    }

    @Test
    void errorPassesUnchanged() {
        var error = new AssertionError("on purpose");
        Deadline over = tree.deadline(Duration.ZERO);
        assertSame(error, assertThrows(AssertionError.class, () -> raiseIn(over, error)));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    private static void raiseIn(Deadline deadline, Throwable thrown) throws Exception {
        deadline.run(() -> {
            throw TaskBodyTest.<RuntimeException>raise(thrown);
        });
    }

    @Test
    void cancelOfTheTaskPassesAsCancel() {
        Task<Void> task =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            Deadline deadline = tree.deadline(SECOND);
                            assertThrows(
                                    InterruptedException.class,
                                    () -> deadline.run(TestTree::block));
                            assertFalse(deadline.isExpired());
                            assertTrue(Thread.currentThread().isInterrupted());
                            Task.checkCancelled();
                        });
        task.cancel();
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void cancelOfTheTaskBeatsTheExpiry() throws Exception {
        tree.root()
                .start(() -> {
                    Deadline over = tree.deadline(Duration.ZERO);
                    Task.current().cancel("from outside");
                    var e =
                            assertThrows(
                                    InterruptedException.class, () -> over.run(TestTree::block));
                    assertTrue(e.getMessage().contains("from outside"), e.getMessage());
                })
                .join();
    }

    @Test
    void cutTaskGoesOn() throws Exception {
        Task<String> task =
                tree.root()
                        .start(() -> {
                            Deadline over = tree.deadline(Duration.ZERO);
                            assertThrows(TimeoutException.class, () -> over.run(TestTree::block));
                            Task.sleep(SECOND);
                            return "went on";
                        });
        while (!task.isDone()) { // a timer may be the watchdog's
            pass(SECOND);
            Thread.onSpinWait();
        }
        assertEquals("went on", task.join());
    }

    @Test
    void argumentsMustBeThere() {
        Deadline deadline = tree.deadline(SECOND);
        assertThrows(NullPointerException.class, () -> Deadline.after(null));
        assertThrows(NullPointerException.class, () -> Deadline.after(SECOND, null));
        assertThrows(NullPointerException.class, () -> deadline.call(null));
        assertThrows(NullPointerException.class, () -> deadline.run(null));
        assertThrows(NullPointerException.class, () -> deadline.moveTo(null));
        assertEquals(SECOND, deadline.remaining());
    }
}
