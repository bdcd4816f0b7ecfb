package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/** The close of a body ends soon, however much the peer has announced and however slow it is. */
class BodyCloseTest {
    private static final long TEBIBYTE = 1L << 40;
    private static final int BUFFER_BYTES = 100;
    private static final Duration STEP = Duration.ofMillis(100);
    private static final Limits LIMITS = Limits.NONE.withBufferBytes(BUFFER_BYTES);

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock).limits(LIMITS);

    @AfterEach
    void leavesNoTimerBehind() {
        connection.abort();
        assertEquals(0, clock.timers());
    }

    private void assertInputEnded(String reason) throws Exception {
        var e = assertThrows(ConnectionClosedException.class, connection::readLine);
        assertTrue(e.getMessage().contains("4321 (" + reason + ")"), e::toString); // the peer
        assertThrows(ConnectionClosedException.class, () -> connection.read(1));
        assertThrows(
                ConnectionClosedException.class, () -> connection.read(ByteBuffer.allocate(1)));
        assertThrows(ConnectionClosedException.class, () -> connection.inputStream().available());
        assertThrows(ConnectionClosedException.class, connection.inputStream(1)::read);
        assertTrue(connection.isOpen());
        connection.writeLine("413 refused");
        connection.flush();
        assertEquals(List.of("413 refused\n"), channel.writes());
    }

    @Test
    void largeRestEndsTheInputAtOnce() throws Exception {
        channel.feed("x");
        InputStream body = connection.inputStream(TEBIBYTE);
        assertEquals('x', body.read());
        channel.beforeRead(() -> {
            throw new AssertionError("the close reads");
        });
        body.close();
        body.close();
        assertInputEnded((TEBIBYTE - 1) + " bytes of a body were left");
        assertEquals(1, connection.bytesRead());
        channel.beforeRead(() -> {});
    }

    @Test
    void failureOfAHandlerIsNotDelayedByItsBody() {
        var call =
                Call.running(() -> {
                    try (var body = connection.inputStream(TEBIBYTE)) {
                        throw new IllegalArgumentException("refused " + body);
                    }
                });
        assertEquals(0, call.failure(IllegalArgumentException.class).getSuppressed().length);
    }

    @Test
    void restOfTheBufferSizeIsSkipped() throws Exception {
        channel.feed("x".repeat(BUFFER_BYTES) + "next\n");
        connection.inputStream(BUFFER_BYTES).close();
        assertEquals("next", connection.readLine());
        channel.feed("x".repeat(BUFFER_BYTES + 1));
        connection.inputStream(BUFFER_BYTES + 1).close();
        assertThrows(ConnectionClosedException.class, () -> connection.skip(1));
    }

    @Test
    void restThatComesInDripsEndsTheInputAfterASecond() throws Exception {
        connection.limits(LIMITS.withReadTimeout(STEP.multipliedBy(2)));
        channel.beforeWait(() -> {
            clock.advance(STEP);
            channel.feed("x");
        });
        connection.inputStream(BUFFER_BYTES).close();
        channel.beforeWait(() -> {});
        assertTrue(connection.bytesRead() < 12, "read " + connection.bytesRead());
        assertInputEnded((BUFFER_BYTES - connection.bytesRead()) + " bytes of a body were left");
    }

    @Test
    void restThatDoesNotComeEndsTheInputAfterASecond() throws Exception {
        var close = Call.running(connection.inputStream(3)::close).awaitIn("awaitReadable");
        clock.advance(STEP.multipliedBy(10).minusNanos(1));
        assertFalse(close.isDone());
        clock.advance(Duration.ofNanos(1));
        assertTrue(close.result());
        channel.feed("abcnext\n");
        assertInputEnded("3 bytes of a body were left");
    }

    @Test
    void expiredLimitEndsTheInput() throws Exception {
        connection.limits(LIMITS.withIdleTimeout(STEP));
        var close = Call.running(connection.inputStream(3)::close).awaitIn("awaitReadable");
        clock.advance(STEP);
        assertTrue(close.result());
        assertInputEnded("3 bytes of a body were left");
    }

    @Test
    void restBeyondABudgetEndsTheInput() throws Exception {
        channel.feed("12345");
        try (var _ = connection.budget(Limits.NO_LIMIT, 4)) {
            connection.inputStream(5).close();
        }
        assertInputEnded("1 bytes of a body were left");
    }

    @Test
    void cancelledCallerDoesNotWaitAndLosesNothing() throws Exception {
        InputStream body = connection.inputStream(3);
        var close =
                Call.running(() -> {
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedIOException.class, body::close);
                    assertTrue(Thread.interrupted());
                    assertThrows(IOException.class, body::read);
                });
        assertTrue(close.result());
        channel.feed("abcnext\n");
        body.close();
        assertEquals("next", connection.readLine());
    }
}
