package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The times at which bytes leave without a flush, in as few writes as possible. */
class PipelineTest {
    private static final Duration LONGEST_DELAY = Duration.ofMillis(1);

    private final ManualClock clock = new ManualClock();
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection = Connection.over(channel, clock);

    @AfterEach
    void abort() {
        connection.abort();
    }

    @Test
    void writeWithoutFurtherInputLeavesAtOnce() throws Exception {
        connection.writeLine("a");
        connection.writeLine("b");
        assertEquals(List.of("a\n", "b\n"), channel.writes());
        assertEquals(0, clock.timers());
    }

    @Test
    void answersToPipelinedRequestsLeaveTogether() throws Exception {
        channel.feed("a\nb\nc\n");
        for (int i = 0; i < 3; i++) answer();
        assertEquals(List.of("A\nB\nC\n"), channel.writes());
    }

    @Test
    void answersLeaveWhenTheTaskWaitsForInput() throws Exception {
        channel.feed("a\nb\nhalf a li");
        answer();
        answer();
        assertEquals(List.of(), channel.writes());
        var reader = Call.of(connection::readLine).awaitIn("awaitReadable");
        assertEquals(List.of("A\nB\n"), channel.writes());
        channel.feed("ne\n");
        assertEquals("half a line", reader.result());
    }

    @Test
    void bufferedAnswersLeaveAfterAMillisecond() throws Exception {
        channel.feed("a\nb\nc\n");
        answer();
        answer();
        clock.advance(LONGEST_DELAY.minusNanos(1));
        assertEquals(1, clock.timers());
        assertEquals(List.of(), channel.writes());
        clock.advance(Duration.ofNanos(1));
        Eventually.holds(() -> channel.writes().equals(List.of("A\nB\n")));
        assertEquals(0, clock.timers());
        answer();
        assertEquals(List.of("A\nB\n", "C\n"), channel.writes());
    }

    @Test
    void millisecondStartsWithTheFirstBufferedAnswer() throws Exception {
        channel.feed("a\nb\nc\n");
        answer();
        clock.advance(LONGEST_DELAY.dividedBy(2));
        answer();
        clock.advance(LONGEST_DELAY.dividedBy(2));
        Eventually.holds(() -> channel.writes().equals(List.of("A\nB\n")));
    }

    @Test
    void delayIsTheSameForEveryBatch() throws Exception {
        channel.feed("a\nb\nc\nd\ne\n");
        for (String expected : List.of("A\n", "B\n", "C\n")) {
            answer();
            int before = channel.writes().size();
            clock.advance(LONGEST_DELAY);
            Eventually.holds(() -> channel.writes().size() > before);
            assertEquals(expected, channel.writes().getLast());
        }
    }

    /** The flusher must not split the batches of a task that answers batch after batch. */
    @Test
    void delayRestartsWithEachBatch() throws Exception {
        channel.feed("a\nb\nc\nd\n");
        answer();
        clock.advance(LONGEST_DELAY.dividedBy(2));
        connection.flush();
        answer();
        clock.advance(LONGEST_DELAY.dividedBy(2));
        assertEquals(List.of("A\n"), channel.writes());
        clock.advance(LONGEST_DELAY.dividedBy(2));
        Eventually.holds(() -> channel.writes().equals(List.of("A\n", "B\n")));
    }

    /** More connections leave answers at the same time than the flusher has slots. */
    @Test
    void writerWithoutAFlusherSlotSendsAtOnce() throws Exception {
        var upkeep = new Connections(clock);
        var channels = new ArrayList<FakeChannel>();
        for (int i = 0; i < 200; i++) {
            var busy = new FakeChannel();
            channels.add(busy);
            busy.feed("a\nb\n");
            var one = upkeep.over(busy, Limits.DEFAULT);
            one.writeLine(one.readLine());
        }
        var answer = List.of("a\n");
        long sent = channels.stream().filter(c -> c.writes().equals(answer)).count();
        assertTrue(sent >= 200 - 64 && sent < 200, () -> sent + " sent at once");
        clock.advance(LONGEST_DELAY);
        Eventually.holds(() -> channels.stream().allMatch(c -> c.writes().equals(answer)));
        channels.forEach(FakeChannel::close);
    }

    /** At the moment when the flusher finds no bytes and ends its scans. */
    @Test
    void bytesLeftDuringAScanAreSent() throws Exception {
        var ticking =
                Thread.startVirtualThread(() -> {
                    while (!Thread.interrupted()) clock.advance(LONGEST_DELAY.dividedBy(2));
                });
        try {
            for (int round = 1; round <= 1_000; round++) {
                int sent = round;
                channel.feed("a\nb\n");
                answer();
                if (round % 2 == 0) connection.flush();
                Eventually.holds(() -> channel.writes().size() == sent);
                connection.readLine();
            }
        } finally {
            ticking.interrupt();
            ticking.join();
        }
    }

    @Test
    void flushSendsAtOnce() throws Exception {
        channel.feed("a\nb\n");
        answer();
        connection.flush();
        assertEquals(List.of("A\n"), channel.writes());
        connection.flush();
        assertEquals(List.of("A\n"), channel.writes());
    }

    @Test
    void fullBufferLeavesAtOnce() throws Exception {
        channel.feed("a\nb\n");
        connection.readLine();
        String most = "x".repeat(40_000);
        connection.write(most);
        assertEquals(List.of(), channel.writes());
        connection.write(most);
        assertEquals(List.of(most), channel.writes());
        connection.flush();
        assertEquals(List.of(most, most), channel.writes());
    }

    @Test
    void largeWriteFollowsBufferedBytes() throws Exception {
        channel.feed("a\nb\n");
        answer();
        String large = "x".repeat(100_000);
        connection.write(large);
        assertEquals("A\n" + large, String.join("", channel.writes()));
    }

    /** The answers stay in the buffer, and their task continues to read. */
    @Test
    void blockedAnswersDoNotHoldBackReads() throws Exception {
        channel.feed("a\nb\nc");
        channel.room(false);
        answer();
        answer();
        var reader = Call.of(connection::readLine).awaitIn("awaitReadable");
        channel.feed("\n");
        assertEquals("c", reader.result());
        channel.room(true);
        clock.advance(LONGEST_DELAY);
        Eventually.holds(() -> channel.writes().equals(List.of("A\nB\n")));
    }

    /** The input that the peer sent before it closed is still to be read. */
    @Test
    void answersToAGonePeerDoNotHoldBackReads() throws Exception {
        channel.feed("a\nb\nc");
        answer();
        channel.breakOutput();
        answer();
        channel.ended();
        assertEquals("c", connection.readLine());
        assertEquals(null, connection.readLine());
    }

    /** One flusher serves all connections of a runtime. */
    @Test
    void driverFaultOfOneConnectionDoesNotAffectOthers() throws Exception {
        var upkeep = new Connections(clock);
        var faultyChannel = new FakeChannel();
        var faulty = upkeep.over(faultyChannel, Limits.DEFAULT);
        var other = upkeep.over(channel, Limits.DEFAULT);
        faultyChannel.feed("a\nb\n");
        channel.feed("a\nb\n");
        faulty.writeLine(faulty.readLine());
        other.writeLine(other.readLine());
        faultyChannel.beforeWrite(() -> {
            throw new IllegalStateException("a fault of the driver");
        });
        clock.advance(LONGEST_DELAY);
        Eventually.holds(() -> channel.writes().equals(List.of("a\n")));
        faulty.abort();
    }

    private void answer() throws Exception {
        connection.writeLine(connection.readLine().toUpperCase(Locale.ROOT));
    }
}
