package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.headroom.HeldBytes;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.net.write.AutoFlusher;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;

/** A reader that pauses because connections hold too many bytes: its peer is not blamed. */
class HeldBytesPauseTest {
    private static final Duration AFTER = Duration.ofSeconds(5);
    private static final int MESSAGE_BYTES = 70_000;
    private static final int FIRST_BYTES = 60_000;

    @SuppressWarnings("UnusedVariable") // named by the test
    private static final List<Limits> LIMITS =
            List.of(
                    Limits.NONE.withMinimumRate(1_000_000, AFTER),
                    Limits.NONE.withReadTimeout(AFTER));

    private final ManualClock clock = new ManualClock();
    private final HeldBytes held = HeldBytes.within(Long.MAX_VALUE);
    private final FakeChannel channel = new FakeChannel();
    private final Connection connection =
            new Connection(
                    new GuardedChannel(channel, new TimeoutSweeper(clock), Limits.NONE, held),
                    new AutoFlusher(clock),
                    clock);

    @AfterEach
    void leavesNothingBehind() {
        connection.abort();
        assertEquals(0, held.bytes());
        assertEquals(0, clock.timers());
    }

    /** A read of the message that pauses in its middle. */
    private Call<byte[]> pausedRead() throws Exception {
        channel.feed(new byte[FIRST_BYTES]);
        var call = Call.of(() -> connection.readExactly(MESSAGE_BYTES)).awaitIn("awaitReadable");
        held.limit(held.bytes() + 10);
        channel.feed(new byte[1]);
        return call.awaitIn("pause");
    }

    /** Lets the reader go on although the bytes are as scarce as before. */
    private void endPause() {
        held.limit(held.bytes() + 10);
    }

    @ParameterizedTest
    @FieldSource("LIMITS")
    void pauseOfThisSideIsNoDelayOfThePeer(Limits limits) throws Exception {
        connection.limits(limits);
        var call = pausedRead();
        clock.advance(Duration.ofHours(1));
        channel.feed(new byte[1]);
        endPause();
        call.awaitIn("awaitReadable");
        assertFalse(call.isDone());
        channel.feed(new byte[MESSAGE_BYTES - FIRST_BYTES - 2]);
        held.limit(Long.MAX_VALUE);
        assertEquals(MESSAGE_BYTES, call.result().length);
    }

    @ParameterizedTest
    @FieldSource("LIMITS")
    void limitsHoldAfterThePauseThoughBytesStayScarce(Limits limits) throws Exception {
        connection.limits(limits);
        var call = pausedRead();
        endPause();
        call.awaitIn("awaitReadable");
        clock.advance(AFTER);
        call.failure(SocketTimeoutException.class);
    }

    @Test
    void closeEndsThePause() throws Exception {
        var call = pausedRead();
        connection.abort();
        call.failure(ConnectionClosedException.class);
    }

    @Test
    void cancelEndsThePauseAndLosesNoByte() throws Exception {
        var call = pausedRead();
        call.cancel();
        assertTrue(call.wasCancelled());
        Eventually.holds(() -> held.bytes() == 0);
        held.limit(Long.MAX_VALUE);
        channel.feed(new byte[MESSAGE_BYTES - FIRST_BYTES - 1]);
        assertEquals(MESSAGE_BYTES, connection.readExactly(MESSAGE_BYTES).length);
    }
}
