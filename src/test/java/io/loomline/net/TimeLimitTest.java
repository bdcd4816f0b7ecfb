package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A read that exceeds a timeout throws, never early. It loses no byte, and reading continues. */
class TimeLimitTest {
    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final Duration STEP = Duration.ofSeconds(3);
    private static final Duration MOMENT = Duration.ofNanos(1);

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock).limits(Limits.NONE);

    @AfterEach
    void leavesNoTimerBehind() {
        connection.abort();
        assertEquals(0, clock.timers());
    }

    @Test
    void readWithoutInputTimesOut() throws Exception {
        connection.limits(Limits.NONE.withReadTimeout(LIMIT));
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        requireExpiryAfter(LIMIT, call, "readTimeout PT8S");
    }

    @Test
    void everyByteRestartsTheReadTimeout() throws Exception {
        connection.limits(Limits.NONE.withReadTimeout(LIMIT));
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        for (int i = 0; i < 5; i++) {
            clock.advance(LIMIT.minus(MOMENT));
            feedAndAwait("x");
        }
        requireExpiryAfter(LIMIT, call, "readTimeout PT8S");
        channel.feed("!\n");
        assertEquals("xxxxx!", connection.readLine());
    }

    @Test
    void singleBytesDoNotExtendTheLineTimeout() throws Exception {
        connection.limits(Limits.NONE.withLineTimeout(LIMIT));
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(LIMIT.multipliedBy(10)); // no line has begun
        feedAndAwait("a");
        clock.advance(STEP);
        feedAndAwait("b");
        clock.advance(STEP);
        feedAndAwait("c");
        requireExpiryAfter(LIMIT.minus(STEP.multipliedBy(2)), call, "lineTimeout PT8S");
        channel.feed("d\n");
        assertEquals("abcd", connection.readLine());
    }

    @Test
    void retriedReadDoesNotExtendTheLineTimeout() throws Exception {
        connection.limits(Limits.NONE.withLineTimeout(LIMIT));
        channel.feed("a");
        var first = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(STEP);
        first.cancel();
        assertTrue(first.wasCancelled());
        var second = Call.of(connection::readLine).awaitIn("awaitReadable");
        requireExpiryAfter(LIMIT.minus(STEP), second, "lineTimeout PT8S");
    }

    /** A reader that reads again after the timeout has decided to wait longer. */
    @Test
    void readAfterALineTimeoutRestartsIt() throws Exception {
        connection.limits(Limits.NONE.withLineTimeout(LIMIT));
        channel.feed("a");
        requireExpiryAfter(
                LIMIT, Call.of(connection::readLine).awaitIn("awaitReadable"), "lineTimeout");
        requireExpiryAfter(
                LIMIT, Call.of(connection::readLine).awaitIn("awaitReadable"), "lineTimeout");
        channel.feed("b\nc");
        assertEquals("ab", connection.readLine());
        requireExpiryAfter(
                LIMIT, Call.of(connection::readLine).awaitIn("awaitReadable"), "lineTimeout");
    }

    @Test
    void skippingARejectedLineIsBoundByTheLineTimeout() throws Exception {
        connection.limits(Limits.NONE.withLineTimeout(LIMIT));
        connection.lineFormat(LineFormat.DEFAULT.withMaxBytes(1));
        channel.feed("abc");
        Call.of(connection::readLine).failure(LineTooLongException.class);
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(STEP);
        feedAndAwait("d");
        clock.advance(STEP);
        requireExpiryAfter(LIMIT.minus(STEP.multipliedBy(2)), call, "lineTimeout PT8S");
        channel.feed("e\nf\n");
        assertEquals("f", connection.readLine());
    }

    @Test
    void lineTimeoutHoldsForReadExactlyAndPeek() throws Exception {
        connection.limits(Limits.NONE.withLineTimeout(LIMIT));
        channel.feed("a");
        var read = Call.of(() -> connection.readExactly(3)).awaitIn("awaitReadable");
        clock.advance(STEP);
        feedAndAwait("b");
        requireExpiryAfter(LIMIT.minus(STEP), read, "lineTimeout");
        var peek = Call.of(() -> connection.peek(3)).awaitIn("awaitReadable");
        requireExpiryAfter(LIMIT, peek, "lineTimeout");
        channel.feed("c");
        assertEquals(3, connection.readExactly(3).length);
    }

    @Test
    void connectionWithoutTrafficHitsTheIdleTimeout() throws Exception {
        connection.limits(Limits.NONE.withIdleTimeout(LIMIT));
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        requireExpiryAfter(LIMIT, call, "idleTimeout PT8S");
    }

    @Test
    void writesRestartTheIdleTime() throws Exception {
        connection.limits(Limits.NONE.withIdleTimeout(LIMIT));
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        for (int i = 0; i < 5; i++) {
            clock.advance(LIMIT.minus(MOMENT));
            connection.writeLine("tick");
        }
        requireExpiryAfter(LIMIT, call, "idleTimeout PT8S");
    }

    @Test
    void writesExtendNeitherTheReadNorTheLineTimeout() throws Exception {
        connection.limits(Limits.NONE.withReadTimeout(LIMIT));
        var read = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(STEP);
        connection.writeLine("tick");
        requireExpiryAfter(LIMIT.minus(STEP), read, "readTimeout");
        connection.limits(Limits.NONE.withLineTimeout(LIMIT));
        channel.feed("a");
        var line = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(STEP);
        connection.writeLine("tick");
        requireExpiryAfter(LIMIT.minus(STEP), line, "lineTimeout");
    }

    @Test
    void nearestLimitExpiresFirst() throws Exception {
        connection.limits(
                Limits.NONE
                        .withReadTimeout(LIMIT.plus(STEP))
                        .withWriteTimeout(LIMIT)
                        .withLineTimeout(LIMIT.plus(STEP))
                        .withIdleTimeout(LIMIT)
                        .withBufferBytes(1));
        channel.feed("a");
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        requireExpiryAfter(LIMIT, call, "idleTimeout");
    }

    @Test
    void limitsApplyFromTheNextWaitOn() throws Exception {
        var waiting = Call.of(connection::readLine).awaitIn("awaitReadable");
        connection.limits(Limits.NONE.withReadTimeout(LIMIT));
        clock.advance(LIMIT.multipliedBy(2));
        feedAndAwait("x");
        requireExpiryAfter(LIMIT, waiting, "readTimeout");
        connection.limits(Limits.NONE);
        var patient = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(Duration.ofDays(1000));
        channel.feed("\n");
        assertEquals("x", patient.result());
    }

    /** The call throws the exception of its limit, not that of a deadline. */
    private void requireExpiryAfter(Duration left, Call<?> call, String limit) throws Exception {
        clock.advance(left.minus(MOMENT));
        assertFalse(call.isDone());
        clock.advance(MOMENT);
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains(limit), e::toString);
        assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
        assertTrue(connection.isOpen());
    }

    /** Feeds bytes, and returns when the reader has taken them and waits again. */
    private void feedAndAwait(String text) throws Exception {
        var waits = new CountDownLatch(1);
        channel.beforeWait(waits::countDown);
        channel.feed(text);
        waits.await();
        channel.beforeWait(() -> {});
    }
}
