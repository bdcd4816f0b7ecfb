package io.loomline.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.Task;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;

/** How an outbox ends: by a close, and by a failure of its connection. */
class OutboxCloseTest extends QueueFixture {
    private final Outbox outbox = Outbox.of(connection);

    @Test
    void closeWaitsForThePeer() throws Exception {
        occupySender(outbox);
        outbox.offer(message(1));
        var close = Call.running(outbox::close).awaitIn("close");
        assertFalse(outbox.offer(message(2)));
        channel.room(true);
        close.result();
        assertEquals(messages(0, 1), received());
        assertTrue(connection.isOpen());
    }

    @Test
    void closeAbortsAfterFiveSeconds() throws Exception {
        occupySender(outbox);
        var close = Call.running(outbox::close).awaitIn("close");
        clock.advance(Duration.ofMillis(4_999));
        assertFalse(close.isDone());
        clock.advance(Duration.ofMillis(1));
        close.result();
        assertEquals(List.of("abort"), channel.events());
    }

    @Test
    void closeAbortsAfterAShorterWriteTimeout() throws Exception {
        connection.limits(Limits.DEFAULT.withWriteTimeout(Duration.ofSeconds(2)));
        occupySender(outbox);
        var close = Call.running(outbox::close).awaitIn("close");
        clock.advance(Duration.ofSeconds(2));
        close.result();
        assertEquals(List.of("abort"), channel.events());
    }

    @Test
    void closeOfAnIdleOutboxReturnsAtOnce() throws Exception {
        outbox.close();
        outbox.close();
        assertFalse(outbox.offer(message(1)));
        assertFalse(outbox.send(message(1)));
        outbox.flush();
        assertTrue(connection.isOpen());
    }

    @Test
    void closeInACancelledTaskSendsWhatThePeerTakes() throws Exception {
        channel.room(true);
        for (int round = 1; round <= 30; round++) {
            var each = Outbox.of(connection);
            var task =
                    Call.running(() -> {
                        Task.current().cancel();
                        each.offer(message(1));
                        each.close();
                        assertTrue(Thread.currentThread().isInterrupted());
                    });
            task.awaitEnd();
            assertEquals(round * 10, received().length());
        }
        assertTrue(connection.isOpen());
    }

    @Test
    void closeInACancelledTaskDoesNotWaitForThePeer() throws Exception {
        occupySender(outbox);
        var close = Call.running(outbox::close).awaitIn("close");
        close.cancel();
        close.awaitEnd();
        assertEquals(List.of("abort"), channel.events());
    }

    @Test
    void closeOfTheConnectionEndsACloseThatWaits() throws Exception {
        occupySender(outbox);
        var close = Call.running(outbox::close).awaitIn("close");
        connection.abort();
        close.result();
    }

    @Test
    void closeOfTheConnectionEndsASendThatWaits() throws Exception {
        var small = Outbox.of(connection, TWO);
        occupySender(small);
        small.offer(message(1));
        small.offer(message(2));
        var send = Call.of(() -> small.send(message(3))).awaitIn("send");
        connection.abort();
        assertFalse(send.result());
    }

    @Test
    void failedWriteAbortsTheConnection() throws Exception {
        var reader = Call.of(connection::readLine).awaitIn("readLine");
        occupySender(outbox);
        outbox.offer(message(1));
        var flush = Call.running(outbox::flush).awaitIn("flush");
        channel.breakOutput();
        var e = flush.failure(IOException.class);
        assertTrue(e.getMessage().contains("Broken pipe"), e::toString);
        reader.failure(ConnectionClosedException.class);
        assertFalse(outbox.offer(message(2)));
        assertEquals(List.of("abort"), channel.events());
    }

    @Test
    void stalledWriteAbortsTheConnection() throws Exception {
        var reader = Call.of(connection::readLine).awaitIn("readLine");
        occupySender(outbox);
        clock.advance(Duration.ofSeconds(30));
        var e = assertThrows(IOException.class, () -> endOf(outbox));
        assertInstanceOf(SocketTimeoutException.class, e.getCause());
        reader.failure(ConnectionClosedException.class);
    }

    private static void endOf(Outbox outbox) throws Exception {
        while (outbox.offer(message(1))) Thread.onSpinWait();
        outbox.flush();
    }

    @Test
    void bugInTheDriverAbortsTheConnection() throws Exception {
        channel.beforeWrite(() -> {
            throw new IllegalStateException("on purpose");
        });
        outbox.offer(message(1));
        var e = assertThrows(IOException.class, outbox::flush);
        assertTrue(e.getMessage().contains("on purpose"), e::toString);
        assertFalse(connection.isOpen());
    }

    @Test
    void cancelledFlushLosesNothing() throws Exception {
        occupySender(outbox);
        var flush = Call.running(outbox::flush).awaitIn("flush");
        flush.cancel();
        assertTrue(flush.wasCancelled());
        channel.room(true);
        outbox.flush();
        assertEquals(messages(0), received());
    }
}
