package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Channel;
import io.loomline.headroom.HeldBytes;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.net.write.AutoFlusher;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakePipe;
import io.loomline.stream.Limits;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;

/** Bytes that were in a pipe of the kernel when a relay was cut are held by its connection. */
class RelayHeldBytesTest {
    private static final int COPIED_BYTES = 1 << 20;
    private static final int PIPED_BYTES = 512 * 1024;

    private final HeldBytes held = HeldBytes.within(Long.MAX_VALUE);
    private final FakeChannel input = new FakeChannel();
    private final FakeChannel output = new FakeChannel();

    private Connection over(Channel channel) {
        var sweeper = new TimeoutSweeper(SystemClock.INSTANCE);
        return new Connection(
                new GuardedChannel(channel, sweeper, Limits.NONE, held),
                new AutoFlusher(SystemClock.INSTANCE),
                SystemClock.INSTANCE);
    }

    @Test
    void bytesOfACutPipeCountWhileAReadWaits() throws Exception {
        var pipe = new FakePipe();
        pipe.filling(() -> {
            output.room(false);
            return PIPED_BYTES;
        });
        Connection from = over(pipe.from(input));
        Connection to = over(output);
        input.feed(new byte[COPIED_BYTES]);
        var relay = Call.of(() -> Relay.between(from, to).run());
        Eventually.holds(() -> pipe.heldBytes() > 0);
        relay.cancel();
        assertTrue(relay.wasCancelled());
        assertEquals(0, held.bytes());
        var reading = Call.of(() -> from.readExactly(COPIED_BYTES + PIPED_BYTES));
        reading.awaitIn("awaitReadable");
        assertTrue(held.bytes() >= PIPED_BYTES, () -> held.bytes() + " bytes");
        from.abort();
        reading.awaitEnd();
        to.abort();
        assertEquals(0, held.bytes());
    }
}
