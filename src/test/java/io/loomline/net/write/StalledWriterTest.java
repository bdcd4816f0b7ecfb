package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Repeated writes to a peer that takes nothing all behave alike. */
class StalledWriterTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(4);
    private static final int BUFFER_BYTES = 5 * 1024;

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection =
            Connection.over(channel, clock)
                    .limits(Limits.DEFAULT.withWriteTimeout(TIMEOUT).withBufferBytes(BUFFER_BYTES));

    @AfterEach
    void abort() {
        connection.abort();
    }

    /** The first write is taken before it is cancelled; the ones behind it are not. */
    @Test
    void cancelledWritesHoldAtMostTheBufferSize() throws Exception {
        channel.room(false);
        var first = Call.running(() -> connection.write(new byte[1024])).awaitIn("awaitWritable");
        first.cancel();
        first.awaitEnd();
        for (int i = 0; i < 20; i++) {
            var next = Call.running(() -> connection.write(new byte[1024]));
            assertTrue(next.cutIn("awaitWritable"), "a write behind one that was cut");
        }
        assertEquals(1024, connection.bytesWritten());
        channel.room(true);
        connection.write(new byte[1024]);
        assertEquals(2048, connection.bytesWritten());
    }

    @Test
    void writesAfterATimeoutFailWithoutWaiting() throws Exception {
        channel.room(false);
        var write = Call.running(() -> connection.write(new byte[10])).awaitIn("awaitWritable");
        clock.advance(TIMEOUT);
        write.result(); // it was taken; the clock stands still from here on
        for (int i = 0; i < 10; i++) {
            assertThrows(SocketTimeoutException.class, connection::flush);
            assertThrows(SocketTimeoutException.class, () -> connection.write(new byte[10]));
            clock.advance(Duration.ofMillis(1)); // the rest is sent in the background
        }
        channel.room(true);
        connection.write(new byte[10]);
        assertEquals(20, connection.bytesWritten());
    }

    /** Bytes left by pipelining are sent by a background thread, which yields to writes. */
    @Test
    void waitingBackgroundFlushYieldsToWrites() throws Exception {
        channel.room(false);
        channel.feed("a\nb\n");
        connection.writeLine(connection.readLine());
        clock.advance(Duration.ofMillis(1));
        for (int i = 0; i < 100; i++) {
            connection.writeLine("more"); // stays in the buffer, because input is unread
            clock.advance(Duration.ofMillis(1));
        }
        byte[] large = new byte[BUFFER_BYTES]; // does not fit into the buffer
        var refused = Call.running(() -> connection.write(large));
        Eventually.holds(() -> {
            clock.advance(TIMEOUT);
            return refused.isDone();
        });
        refused.failure(SocketTimeoutException.class);
        channel.room(true);
        connection.flush();
        assertEquals("a\n" + "more\n".repeat(100), String.join("", channel.writes()));
    }

    /** The peer may read again at any time, or never. */
    @Test
    void backgroundFlushWaitsForAStalledPeerWithoutPolling() throws Exception {
        channel.room(false);
        channel.feed("a\nb\n");
        connection.writeLine(connection.readLine());
        var tries = new AtomicInteger();
        channel.beforeWrite(tries::incrementAndGet);
        for (int i = 0; i < 10; i++) {
            clock.advance(TIMEOUT);
            Eventually.holds(() -> tries.get() > 0);
        }
        int before = tries.get();
        for (int i = 0; i < 1_000; i++) clock.advance(Duration.ofMillis(10));
        assertTrue(tries.get() - before <= 2, () -> tries.get() - before + " tries");
        channel.room(true);
        Eventually.holds(() -> { // it may wait for the flusher's next scan
            clock.advance(Duration.ofMillis(1));
            return channel.writes().equals(List.of("a\n"));
        });
    }

    /** More writers than carriers, each with a connection of its own. */
    @Test
    void writersThatRetryAtOnceLetOtherTasksRun() throws Exception {
        List<Call<Boolean>> spinning = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            Connection stalled = stalled();
            spinning.add(Call.running(() -> writeRepeatedly(stalled)));
        }
        for (int i = 0; i < 100; i++) assertEquals(1, Call.of(() -> 1).result());
        spinning.forEach(Call::cancel);
        for (var each : spinning) assertTrue(each.wasCancelled());
    }

    private Connection stalled() throws Exception {
        var clogged = new FakeChannel();
        clogged.room(false);
        var stalled = Connection.over(clogged, clock);
        var write = Call.running(() -> stalled.write(new byte[10])).awaitIn("awaitWritable");
        clock.advance(Limits.DEFAULT.writeTimeout());
        write.result();
        return stalled;
    }

    private static void writeRepeatedly(Connection stalled) throws Exception {
        while (true) {
            try {
                stalled.write(new byte[10]);
            } catch (SocketTimeoutException e) {
                // retried at once
            }
        }
    }
}
