package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Leftovers;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** The steps of a close with unread input and with waiting threads. */
class CloseDrainTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration BOUND = Duration.ofSeconds(1);
    private static final List<String> ORDERLY = List.of("shutdownOutput", "close");

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock);

    @Test
    void closeWithNothingUnreadDoesNotWaitForThePeer() {
        connection.close();
        assertEquals(ORDERLY, channel.events());
    }

    @Test
    void closeReadsUntilThePeerEndsItsOutput() throws Exception {
        channel.feed("unread");
        var closing = Call.running(connection::close).awaitIn("awaitReadable");
        assertEquals(List.of("shutdownOutput"), channel.events());
        channel.feed("and more");
        closing.awaitIn("awaitReadable");
        channel.ended();
        closing.result();
        assertEquals(ORDERLY, channel.events());
        assertEquals(0, clock.timers());
    }

    @Test
    void closeWaitsAtMostOneSecondForThePeerToEnd() throws Exception {
        channel.feed("unread");
        var closing = Call.running(connection::close).awaitIn("awaitReadable");
        clock.advance(BOUND.minusNanos(1));
        assertFalse(closing.isDone());
        clock.advance(Duration.ofNanos(1));
        closing.result();
        assertEquals(ORDERLY, channel.events());
    }

    @Test
    void closeReadsABoundedNumberOfBytes() throws Exception {
        channel.beforeRead(() -> channel.feed(new byte[16 * 1024]));
        channel.feed("unread");
        Call.running(connection::close).result();
        assertEquals(ORDERLY, channel.events());
    }

    @Test
    void closeInACancelledTaskReadsOnlyAvailableInput() throws Exception {
        channel.feed("unread");
        var closing =
                Call.running(() -> {
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        connection.close();
                    }
                });
        closing.awaitIn("await");
        closing.cancel();
        assertTrue(closing.wasCancelled());
        assertEquals(ORDERLY, channel.events());
    }

    /** The close must also read input that arrives while it wakes the reader. */
    @Test
    void closeReadsUnreadInputWhileAReaderIsBlocked() throws Exception {
        var woken = new CountDownLatch(1);
        channel.beforeWait(() -> awaitUninterruptibly(woken));
        var reader = Call.of(connection::readLine).awaitIn("awaitReadable");
        var closing = Call.running(connection::close);
        while (!channel.events().contains("shutdownOutput")) Thread.onSpinWait();
        channel.feed("came while the reader was being woken");
        channel.ended();
        woken.countDown();
        reader.failure(ConnectionClosedException.class);
        closing.result();
        assertEquals(ORDERLY, channel.events());
        assertTrue(channel.hasEnded(), "the input was not read to its end");
    }

    /** A lock inside the driver may consume the unpark of a close. */
    @Test
    void closeDoesNotWaitForAWriterThatMissedItsWakeUp() throws Exception {
        channel.room(false);
        var swallowing = new CountDownLatch(1);
        channel.beforeWait(() -> {
            swallowing.countDown();
            while (connection.isOpen()) Thread.onSpinWait();
            LockSupport.park();
            channel.beforeWait(() -> {});
        });
        var writer = Call.running(() -> connection.write(new byte[100_000]));
        swallowing.await();
        Call.running(connection::close).result();
        writer.failure(ConnectionClosedException.class);
        assertEquals("close", channel.events().getLast());
    }

    @Test
    void descriptorIsFreedWhenTheChannelThrows() {
        channel.beforeRead(() -> {
            throw new IllegalStateException("a fault of the driver");
        });
        try {
            connection.close();
        } catch (IllegalStateException e) {
            // the close may throw it or not
        }
        assertEquals("close", channel.events().getLast());
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
