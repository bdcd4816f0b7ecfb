package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Medium;
import io.loomline.protocol.LineProtocol;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** A peer that sends a message too slowly is cut, one that is idle between messages is not. */
class MinimumRateTest {
    private static final Duration AFTER = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofNanos(1);
    private static final Duration LONG = Duration.ofHours(1);
    private static final Limits LIMITS = Limits.NONE.withMinimumRate(100, AFTER);
    private static final Limits ONE_A_SECOND = Limits.NONE.withMinimumRate(1, AFTER);

    @TempDir Path directory;

    private final ManualClock clock = new ManualClock();
    private FakeChannel channel = new FakeChannel();
    private Connection connection = Connection.over(channel, clock).limits(LIMITS);

    @AfterEach
    void leavesNoTimerBehind() {
        connection.abort();
        assertEquals(0, clock.timers());
    }

    @Test
    void slowLineIsCutAndLosesNoByte() throws Exception {
        channel.feed("abc");
        requireCutAfter(AFTER, Call.of(connection::readLine), "sent 3 bytes in PT5S");
        channel.feed("d\n");
        assertEquals("abcd", connection.readLine());
    }

    @Test
    void idleConnectionIsNotCut() throws Exception {
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(LONG);
        assertFalse(call.isDone());
        channel.feed("line\n");
        assertEquals("line", call.result());
        call = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(LONG);
        channel.feed("another\n");
        assertEquals("another", call.result());
    }

    @Test
    void timeRunsFromTheFirstByte() throws Exception {
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(LONG);
        feedAndAwait("a");
        requireCutAfter(AFTER, call, "sent 1 bytes in PT5S");
    }

    /** At one byte a second, ten bytes are worth ten seconds. */
    @Test
    void bytesExtendTheTimeByTheirRate() throws Exception {
        connection.limits(ONE_A_SECOND);
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        feedAndAwait("a");
        clock.advance(AFTER.minus(MOMENT));
        feedAndAwait("b".repeat(9));
        requireCutAfter(AFTER.plus(MOMENT), call, "sent 10 bytes in PT10S");
    }

    /** Each byte comes before any wait has lasted long, but too late for the rate. */
    @Test
    void trickleIsCut() throws Exception {
        connection.limits(Limits.NONE.withMinimumRate(2, Duration.ofSeconds(1)));
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        feedAndAwait("a");
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofMillis(300));
            if (i < 2) feedAndAwait("b");
        }
        // 0.9 s for 3 bytes, which are worth 1.5 s
        clock.advance(Duration.ofMillis(599));
        assertFalse(call.isDone());
        clock.advance(Duration.ofMillis(1));
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("sent 3 bytes in PT1.5S"), e::toString);
    }

    @Test
    void fastMessageIsNotCut() throws Exception {
        var call = Call.of(() -> connection.readExactly(10_000)).awaitIn("awaitReadable");
        for (int i = 0; i < 10; i++) {
            feedAndAwait("x".repeat(999));
            clock.advance(Duration.ofSeconds(9));
        }
        assertFalse(call.isDone());
        channel.feed("x".repeat(10));
        assertEquals(10_000, call.result().length);
    }

    @Test
    void readAfterTheCutHasItsFullTime() throws Exception {
        channel.feed("a");
        requireCutAfter(AFTER, Call.of(connection::readLine), "sent 1 bytes");
        requireCutAfter(AFTER, Call.of(connection::readLine), "sent 1 bytes");
    }

    @Test
    void retriedReadDoesNotExtendTheTime() throws Exception {
        channel.feed("a");
        var first = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(Duration.ofSeconds(3));
        first.cancel();
        assertTrue(first.wasCancelled());
        requireCutAfter(Duration.ofSeconds(2), Call.of(connection::readLine), "in PT5S");
    }

    @Test
    void rateHoldsForEveryReadOfAMessage() throws Exception {
        requireCut(() -> connection.readFrame(FrameFormat.DEFAULT));
        requireCut(() -> connection.readExactly(3));
        requireCut(() -> connection.readUntil(new byte[] {'\n'}));
        requireCut(() -> connection.peek(3));
        requireCut(() -> connection.readAll(10));
        requireCut(() -> skip(3));
        requireCut(() -> connection.inputStream(3).readAllBytes());
        requireCut(() -> skipBySteps(3));
        try (var file =
                FileChannel.open(
                        directory.resolve("file"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            requireCut(() -> connection.transferTo(file, 0, 3));
        }
    }

    private long skip(long count) throws IOException, InterruptedException {
        connection.skipFully(count);
        return count;
    }

    private int skipBySteps(long count) throws IOException {
        var body = connection.inputStream(count);
        while (body.skip(count) > 0) {}
        return body.read();
    }

    private void requireCut(Callable<?> read) throws Exception {
        connection.abort();
        channel = new FakeChannel();
        connection = Connection.over(channel, clock).limits(LIMITS);
        channel.feed("\0");
        requireCutAfter(AFTER, Call.of(read), "sent 1 bytes in PT5S");
    }

    /** They take what is there, and know no message. */
    @Test
    void otherReadsAreNotCut() throws Exception {
        channel.feed("a");
        assertEquals(1, connection.read(10).length);
        requireNotCut(Call.of(() -> (long) connection.read(10).length));
        requireNotCut(Call.of(() -> (long) connection.read(ByteBuffer.allocate(10))));
        requireNotCut(Call.of(() -> (long) connection.read(ByteBuffer.allocate(1 << 20))));
        requireNotCut(Call.of(() -> connection.skip(10)));
        requireNotCut(Call.of(() -> (long) connection.inputStream().readNBytes(1).length));
    }

    private void requireNotCut(Call<Long> call) throws Exception {
        call.awaitIn("awaitReadable");
        clock.advance(LONG);
        channel.feed("b");
        assertEquals(1, call.result());
    }

    @Test
    void timeBetweenTheReadsOfABodyDoesNotCount() throws Exception {
        var body = connection.inputStream(10);
        channel.feed("abc");
        assertEquals(3, body.read(new byte[10]));
        clock.advance(LONG);
        var call = Call.of(() -> body.read(new byte[10])).awaitIn("awaitReadable");
        clock.advance(Duration.ofSeconds(4));
        channel.feed("d");
        assertEquals(1, call.result());
        clock.advance(LONG);
        requireCutAfter(Duration.ofSeconds(1), Call.of(() -> body.read()), "sent 4 bytes in PT5S");
        channel.feed("efghij");
        assertEquals(6, body.readAllBytes().length);
        channel.feed("next\n");
        assertEquals("next", connection.readLine());
    }

    @Test
    void largeReadOfABodyCountsToo() throws Exception {
        var body = connection.inputStream(1 << 20);
        channel.feed("abc");
        assertEquals(3, body.read(new byte[1 << 20]));
        requireCutAfter(AFTER, Call.of(() -> body.read(new byte[1 << 20])), "sent 3 bytes");
    }

    @Test
    void peekedBytesBeginAnotherMessage() throws Exception {
        channel.feed("a");
        var peek = Call.of(() -> connection.peek(2)).awaitIn("awaitReadable");
        clock.advance(Duration.ofSeconds(3));
        channel.feed("b");
        assertEquals(2, peek.result().length);
        requireCutAfter(AFTER, Call.of(connection::readLine), "sent 2 bytes in PT5S");
    }

    @Test
    void slowReaderIsCut() throws Exception {
        connection.limits(LIMITS.withBufferBytes(4));
        channel.room(false);
        var write = Call.running(() -> connection.write("0123456789"));
        requireCutAfterIn("awaitWritable", AFTER, write, "took 0 bytes in PT5S");
        channel.room(true);
        connection.write("0123456789"); // nothing of the first had left
        assertEquals("0123456789", String.join("", channel.writes()));
    }

    /** A peer that takes a few bytes gains their time only. */
    @Test
    void slowReaderOfPartsIsCut() throws Exception {
        try (var link = Medium.ONE_BYTE.open(clock)) {
            link.here().limits(ONE_A_SECOND.withBufferBytes(4));
            link.there().limits(Limits.NONE);
            var write = Call.running(() -> link.here().write(new byte[100]));
            write.awaitIn("awaitWritable");
            link.there().readExactly(10);
            write.awaitIn("awaitWritable");
            Eventually.holds(() -> link.here().bytesWritten() > 10);
            clock.advance(AFTER);
            assertFalse(write.isDone());
            clock.advance(AFTER.multipliedBy(2));
            var e = write.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("the peer took 1"), e::toString);
        }
    }

    @Test
    void limitsApplyFromTheNextWaitOn() throws Exception {
        connection.limits(Limits.NONE);
        channel.feed("a");
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        connection.limits(LIMITS);
        clock.advance(LONG);
        assertFalse(call.isDone());
        feedAndAwait("b");
        requireCutAfter(AFTER, call, "sent 2 bytes in PT5S");
    }

    @Test
    void rateThatNeverAppliesSetsNoTimer() throws Exception {
        connection.limits(Limits.NONE.withMinimumRate(1, Limits.NO_LIMIT));
        channel.feed("a");
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        clock.advance(LONG);
        assertEquals(0, clock.timers());
        channel.feed("\n");
        assertEquals("a", call.result());
    }

    @Test
    void linesOfAProtocolAreCut() throws Exception {
        Throwable[] cause = new Throwable[1];
        var protocol =
                new LineProtocol() {
                    @Override
                    public void lineReceived(String line) {}

                    @Override
                    public void disconnected(Throwable causeOrNull) {
                        cause[0] = causeOrNull;
                    }
                };
        var call = Call.running(() -> Protocols.run(connection, protocol));
        call.awaitIn("awaitReadable");
        clock.advance(LONG);
        feedAndAwait("a");
        clock.advance(AFTER);
        call.result();
        assertTrue(cause[0] instanceof SocketTimeoutException, () -> "" + cause[0]);
        assertTrue(cause[0].getMessage().contains("minimumRate 100 bytes/s"));
    }

    @Test
    void bytesOfAProtocolAreNotCut() throws Exception {
        Throwable[] cause = new Throwable[1];
        var protocol =
                new Protocol() {
                    @Override
                    public void disconnected(Throwable causeOrNull) {
                        cause[0] = causeOrNull;
                    }
                };
        var call = Call.running(() -> Protocols.run(connection, protocol));
        call.awaitIn("awaitReadable");
        feedAndAwait("a");
        clock.advance(LONG);
        assertFalse(call.isDone());
        channel.ended();
        call.result();
        assertNull(cause[0]);
    }

    private void requireCutAfter(Duration left, Call<?> call, String text) throws Exception {
        requireCutAfterIn("awaitReadable", left, call, text);
    }

    private void requireCutAfterIn(String method, Duration left, Call<?> call, String text)
            throws Exception {
        call.awaitIn(method);
        clock.advance(left.minus(MOMENT));
        assertFalse(call.isDone());
        clock.advance(MOMENT);
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("minimumRate "), e::toString);
        assertTrue(e.getMessage().contains(text), e::toString);
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
