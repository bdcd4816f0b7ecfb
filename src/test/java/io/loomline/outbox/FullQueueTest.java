package io.loomline.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.outbox.OutboxOptions.WhenFull;
import io.loomline.probe.Call;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;

/** What happens to a message for which the queue has no room, by policy. */
class FullQueueTest extends QueueFixture {
    private Outbox full(WhenFull whenFull) throws Exception {
        var outbox = Outbox.of(connection, TWO.withWhenFull(whenFull));
        occupySender(outbox);
        assertTrue(outbox.offer(message(1)));
        assertTrue(outbox.offer(message(2)));
        assertEquals(TWO.maxBytes(), outbox.queuedBytes());
        return outbox;
    }

    private void requireReceived(Outbox outbox, int... numbers) throws Exception {
        channel.room(true);
        outbox.flush();
        assertEquals(messages(numbers), received());
        assertEquals(0, outbox.queuedBytes());
    }

    @Test
    void offerDropsInsteadOfWaiting() throws Exception {
        var outbox = full(WhenFull.WAIT);
        assertFalse(outbox.offer(message(3)));
        assertEquals(1, outbox.droppedCount());
        requireReceived(outbox, 0, 1, 2);
    }

    @Test
    void sendWaitsForRoomInTheOrderOfTheCalls() throws Exception {
        var outbox = full(WhenFull.WAIT);
        var third = Call.of(() -> outbox.send(message(3))).awaitIn("send");
        var fourth = Call.of(() -> outbox.send(message(4))).awaitIn("send");
        assertFalse(outbox.offer(message(5)), "overtakes");
        channel.room(true);
        assertTrue(third.result());
        assertTrue(fourth.result());
        requireReceived(outbox, 0, 1, 2, 3, 4);
    }

    @Test
    void sendAbortsTheConnectionAfterTheMaximumTime() throws Exception {
        var outbox = full(WhenFull.WAIT);
        var third = Call.of(() -> outbox.send(message(3))).awaitIn("send");
        clock.advance(TWO.maxWait().minusMillis(1));
        var fourth = Call.of(() -> outbox.send(message(4))).awaitIn("send");
        assertTrue(connection.isOpen());
        clock.advance(Duration.ofMillis(1));
        assertFalse(third.result());
        assertFalse(fourth.result());
        assertFalse(connection.isOpen());
        assertEquals(List.of("abort"), channel.events());
        assertThrows(ConnectionClosedException.class, connection::readLine);
    }

    @Test
    void cancelledSendTakesNothingAndLetsOthersThrough() throws Exception {
        var outbox = full(WhenFull.WAIT);
        var third = Call.of(() -> outbox.send(message(3))).awaitIn("send");
        var fourth = Call.of(() -> outbox.send(message(4))).awaitIn("send");
        third.cancel();
        assertTrue(third.wasCancelled());
        channel.room(true);
        assertTrue(fourth.result());
        requireReceived(outbox, 0, 1, 2, 4);
    }

    @Test
    void cancelledTaskSendsNothing() throws Exception {
        var outbox = Outbox.of(connection);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> outbox.send(message(1)));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, outbox::flush);
        Thread.currentThread().interrupt();
        assertTrue(outbox.offer(message(2)));
        assertTrue(Thread.interrupted());
        requireReceived(outbox, 2);
    }

    @Test
    void smallMessageBehindACancelledLargeOneIsTaken() throws Exception {
        var outbox = Outbox.of(connection, TWO);
        occupySender(outbox);
        outbox.offer(message(1));
        var large = Call.of(() -> outbox.send("x".repeat(50))).awaitIn("send");
        var small = Call.of(() -> outbox.send(message(2))).awaitIn("send");
        large.cancel();
        assertTrue(small.result());
        requireReceived(outbox, 0, 1, 2);
    }

    @Test
    void closeEndsSendsThatWait() throws Exception {
        var outbox = full(WhenFull.WAIT);
        var third = Call.of(() -> outbox.send(message(3))).awaitIn("send");
        var close = Call.running(outbox::close);
        assertFalse(third.result());
        channel.room(true);
        close.result();
        assertEquals(messages(0, 1, 2), received());
        assertTrue(connection.isOpen());
    }

    @Test
    void oldestIsDropped() throws Exception {
        var outbox = full(WhenFull.DROP_OLDEST);
        assertTrue(outbox.offer(message(3)));
        assertTrue(outbox.send(message(4)));
        assertTrue(outbox.offer(message(5)));
        assertEquals(3, outbox.droppedCount());
        requireReceived(outbox, 0, 4, 5);
    }

    @Test
    void asManyOfTheOldestAreDroppedAsNeeded() throws Exception {
        var outbox = full(WhenFull.DROP_OLDEST);
        assertTrue(outbox.offer("x".repeat(TWO.maxBytes())));
        assertEquals(2, outbox.droppedCount());
        channel.room(true);
        outbox.flush();
        assertEquals(message(0) + "x".repeat(TWO.maxBytes()), received());
    }

    @Test
    void flushWaitsForMessagesBeforeItsCallThoughOthersAreDropped() throws Exception {
        var outbox = full(WhenFull.DROP_OLDEST);
        var flush = Call.running(outbox::flush).awaitIn("flush");
        for (int i = 3; i < 9; i++) outbox.offer(message(i));
        flush.awaitIn("flush");
        channel.room(true);
        flush.result();
        assertTrue(received().startsWith(message(0)), received());
        outbox.flush();
        assertEquals(messages(0, 7, 8), received());
    }

    @Test
    void newestIsDropped() throws Exception {
        var outbox = full(WhenFull.DROP_NEWEST);
        assertFalse(outbox.offer(message(3)));
        assertFalse(outbox.send(message(4)));
        assertEquals(2, outbox.droppedCount());
        requireReceived(outbox, 0, 1, 2);
    }

    @Test
    void connectionIsAborted() throws Exception {
        var outbox = full(WhenFull.CUT);
        assertFalse(outbox.offer(message(3)));
        assertEquals(List.of("abort"), channel.events());
        assertEquals(0, outbox.queuedBytes());
        assertFalse(outbox.send(message(4)));
        assertEquals(0, outbox.droppedCount());
    }

    @ParameterizedTest
    @EnumSource
    void messageOfTheMaximumFitsAnEmptyQueue(WhenFull whenFull) throws Exception {
        var outbox = Outbox.of(connection, TWO.withWhenFull(whenFull));
        occupySender(outbox);
        assertTrue(outbox.offer(new byte[TWO.maxBytes()]));
        channel.room(true);
        outbox.flush();
        assertEquals(10 + TWO.maxBytes(), received().length());
    }

    @ParameterizedTest
    @EnumSource
    void messageOverTheMaximumIsRejected(WhenFull whenFull) throws Exception {
        var outbox = Outbox.of(connection, TWO.withWhenFull(whenFull));
        byte[] tooLong = new byte[TWO.maxBytes() + 1];
        var e = assertThrows(IllegalArgumentException.class, () -> outbox.offer(tooLong));
        assertEquals("a message of 85 bytes: expected at most maxBytes 84", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> outbox.send(tooLong));
        assertEquals(0, outbox.droppedCount());
        assertTrue(connection.isOpen());
    }

    @Test
    void emptyMessagesTakeNoRoom() throws Exception {
        var outbox = full(WhenFull.DROP_NEWEST);
        assertTrue(Outbox.of(connection).offer(""));
        requireReceived(outbox, 0, 1, 2);
    }

    @Test
    void optionsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> TWO.withMaxBytes(0));
        assertThrows(IllegalArgumentException.class, () -> TWO.withMaxWait(Duration.ZERO));
    }
}
