package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.net.Cork;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.testing.ConnectionPair;
import io.loomline.testing.ManualClock;
import io.loomline.tls.Tls;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Writes inside a cork leave together, and other writers wait for its end. */
class CorkTest {
    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock);

    @AfterEach
    void abort() {
        connection.abort();
    }

    @Test
    void corkedWritesLeaveTogetherAtTheEnd() throws Exception {
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            connection.write(
                    ByteBuffer.wrap(new byte[] {(byte) 98}), ByteBuffer.wrap(new byte[] {10}));
            connection.tryWrite(ByteBuffer.wrap(new byte[] {'c'}));
            assertEquals(List.of(), channel.writes());
        }
        assertEquals(List.of("a\nb\nc"), channel.writes());
        connection.writeLine("d");
        assertEquals(List.of("a\nb\nc", "d\n"), channel.writes());
    }

    @Test
    void corkedBytesLeaveAfterAMillisecond() throws Exception {
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            clock.advance(Duration.ofMillis(1));
            Eventually.holds(() -> channel.writes().equals(List.of("a\n")));
            connection.writeLine("b");
            assertEquals(List.of("a\n"), channel.writes());
        }
        assertEquals(List.of("a\n", "b\n"), channel.writes());
    }

    @Test
    void corkedBytesLeaveBeforeTheThreadWaitsForInput() throws Exception {
        var call =
                Call.of(() -> {
                    try (Cork _ = connection.cork()) {
                        connection.writeLine("question");
                        return connection.readLine();
                    }
                });
        call.awaitIn("awaitReadable");
        assertEquals(List.of("question\n"), channel.writes());
        channel.feed("answer\n");
        assertEquals("answer", call.result());
    }

    @Test
    void corkedBytesLeaveWhenTheBufferIsFull() throws Exception {
        connection.limits(connection.limits().withBufferBytes(10));
        try (Cork _ = connection.cork()) {
            connection.writeLine("12345");
            connection.writeLine("67890");
            assertEquals(List.of("12345\n"), channel.writes());
            connection.writeLine("longer than the buffer");
            assertEquals(
                    List.of("12345\n", "67890\n", "longer than the buffer\n"), channel.writes());
        }
    }

    @Test
    void flushSendsCorkedBytes() throws Exception {
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            connection.flush();
            assertEquals(List.of("a\n"), channel.writes());
        }
        assertEquals(List.of("a\n"), channel.writes());
    }

    @Test
    void outermostOfNestedCorksCounts() throws Exception {
        Cork outer = connection.cork();
        Cork inner = connection.cork();
        connection.writeLine("a");
        inner.close();
        inner.close();
        assertEquals(List.of(), channel.writes());
        outer.close();
        assertEquals(List.of("a\n"), channel.writes());
    }

    @Test
    void otherWritersWaitForTheEndOfTheCork() throws Exception {
        Cork cork = connection.cork();
        connection.write("head ");
        var other = Call.running(() -> connection.writeLine("other")).awaitIn("take");
        var corking =
                Call.running(
                                () -> {
                                    try (Cork _ = connection.cork()) {
                                        connection.writeLine("corked");
                                    }
                                })
                        .awaitIn("take");
        assertEquals(0, Call.of(() -> tryWrite("x")).result());
        connection.writeLine("body");
        cork.close();
        other.result();
        corking.result();
        String sent = String.join("", channel.writes());
        assertTrue(sent.startsWith("head body\n"), sent);
        assertEquals("head body\n".length() + "other\ncorked\n".length(), sent.length());
    }

    private int tryWrite(String text) throws Exception {
        return connection.tryWrite(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void writerThatWaitsForACorkCanBeCancelled() throws Exception {
        try (Cork _ = connection.cork()) {
            assertTrue(Call.running(() -> connection.writeLine("other")).cutIn("take"));
            assertTrue(Call.running(connection::cork).cutIn("take"));
            connection.writeLine("mine");
        }
        assertEquals(List.of("mine\n"), channel.writes());
        Call.running(() -> connection.writeLine("later")).result();
        assertEquals(List.of("mine\n", "later\n"), channel.writes());
    }

    @Test
    void closeDoesNotWaitForACork() throws Exception {
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            var other = Call.running(() -> connection.writeLine("b")).awaitIn("take");
            Call.running(connection::close).result();
            assertEquals(List.of("a\n"), channel.writes());
            assertThrows(ConnectionClosedException.class, other::result);
            assertThrows(ConnectionClosedException.class, () -> connection.writeLine("c"));
        }
        assertThrows(ConnectionClosedException.class, connection::cork);
    }

    @Test
    void abortDoesNotWaitForACork() throws Exception {
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            var other = Call.running(() -> connection.writeLine("b")).awaitIn("take");
            Call.running(connection::abort).result();
            assertEquals(List.of(), channel.writes());
            assertThrows(ConnectionClosedException.class, other::result);
        }
    }

    @Test
    void endOfACorkDoesNotWaitForThePeer() throws Exception {
        channel.room(false);
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
        }
        channel.room(true);
        clock.advance(Duration.ofMillis(1));
        Eventually.holds(() -> channel.writes().equals(List.of("a\n")));
    }

    @Test
    void corkEndsWhileABackgroundThreadWaitsForThePeer() throws Exception {
        channel.room(false);
        Cork cork = connection.cork();
        connection.writeLine("a");
        clock.advance(Duration.ofMillis(1));
        connection.writeLine("b");
        cork.close();
        channel.room(true);
        connection.writeLine("c");
        connection.flush();
        assertEquals("a\nb\nc\n", String.join("", channel.writes()));
    }

    @Test
    void writeTimeoutInsideACorkLeavesNothingLocked() throws Exception {
        connection.limits(
                connection.limits().withBufferBytes(4).withWriteTimeout(Duration.ofSeconds(1)));
        channel.room(false);
        var call =
                Call.running(() -> {
                    try (Cork _ = connection.cork()) {
                        connection.write("1234");
                        connection.write("5678");
                    }
                });
        call.awaitIn("awaitWritable");
        clock.advance(Duration.ofSeconds(2));
        assertThrows(SocketTimeoutException.class, call::result);
        channel.room(true);
        connection.write("9");
        connection.flush();
        assertEquals("12349", String.join("", channel.writes()));
    }

    @Test
    void failureAfterTheEndOfACorkIsReportedByTheNextWrite() throws Exception {
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            channel.breakOutput();
        }
        assertThrows(SocketException.class, () -> connection.writeLine("b"));
    }

    @Test
    void cancelReachesAWriterThatWaitsForACorkOfABlockedThread() throws Exception {
        channel.room(false);
        var blocked =
                Call.running(() -> {
                    try (Cork _ = connection.cork()) {
                        connection.write(new byte[1 << 20]);
                    }
                });
        blocked.awaitIn("awaitWritable");
        assertTrue(Call.running(() -> connection.writeLine("other")).cutIn("take"));
        assertFalse(blocked.isDone());
    }

    @Test
    void cancelReachesAWriterWhileABackgroundThreadSends() throws Exception {
        channel.room(false);
        try (Cork _ = connection.cork()) {
            connection.writeLine("a");
            clock.advance(Duration.ofMillis(1));
            Eventually.holds(() -> clock.timers() > 0); // of the background thread's write timeout
            assertTrue(Call.running(() -> connection.writeLine("other")).cutIn("take"));
        }
    }

    @Test
    void threadThatCorksAgainAndAgainDoesNotKeepOthersOut() throws Exception {
        var pair = ConnectionPair.open();
        var reading = Call.of(() -> readAll(pair));
        var corking =
                Call.running(() -> {
                    while (true) {
                        try (Cork _ = pair.first().cork()) {
                            pair.first().writeLine("corked");
                        }
                    }
                });
        for (int i = 0; i < 100; i++) Call.running(() -> pair.first().writeLine("o")).result();
        assertFalse(corking.isDone());
        corking.cancel();
        assertTrue(corking.wasCancelled());
        pair.first().close();
        assertTrue(reading.result());
    }

    private static boolean readAll(ConnectionPair pair) throws Exception {
        while (pair.second().skip(Long.MAX_VALUE) > 0) {}
        return true;
    }

    @Test
    void endOfACorkDoesNotWaitForACloseThatWaitsForThePeer() throws Exception {
        Cork cork = connection.cork();
        connection.writeLine("a");
        channel.room(false);
        connection.writeLine("b");
        var closing = Call.running(connection::close).awaitIn("awaitWritable");
        cork.close();
        assertFalse(closing.isDone());
        channel.room(true);
        closing.result();
    }

    @Test
    void onlyTheThreadOfACorkMayEndIt() throws Exception {
        Cork cork = connection.cork();
        assertThrows(IllegalStateException.class, () -> Call.running(cork::close).result());
        cork.close();
    }

    @Test
    void tlsCannotStartInsideACork() throws Exception {
        try (Cork _ = connection.cork()) {
            assertThrows(IllegalStateException.class, () -> connection.startTls(Tls.client()));
        }
    }
}
