package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Random;

/**
 * A connection is closed at any point of its relay's work: the relay ends, without the help of a
 * timeout.
 */
@ParameterizedClass
@EnumSource(Medium.class)
class RelayCloseRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private final Random random = new Random(11);

    @Test
    void closeEndsTheRelayAtAnyPoint() throws Exception {
        for (int i = 0; i < 20; i++) race();
    }

    @Test
    @Tag("stress")
    void closeEndsTheRelayAtAnyPointInManyRounds() throws Exception {
        for (int i = 0; i < 1_000; i++) race();
    }

    private void race() throws Exception {
        try (Link front = medium.open(new ManualClock());
                Link back = medium.open(new ManualClock())) {
            var relay = Relay.between(front.there(), back.here());
            Connection closed = random.nextBoolean() ? front.there() : back.here();
            boolean abort = random.nextBoolean();
            var client = talk(front.here());
            var server = talk(back.there());
            var running = Call.of(relay::run);
            for (int spins = random.nextInt(60_000); spins > 0; spins--) Thread.onSpinWait();
            var closing = Call.running(abort ? closed::abort : closed::close);
            requireEnd(running);
            front.here().abort();
            back.there().abort();
            client.awaitEnd();
            server.awaitEnd();
            closing.result();
        }
    }

    /** A peer that writes a random number of bytes, may end its output, and may read. */
    private Call<Boolean> talk(Connection peer) {
        byte[] bytes = new byte[random.nextInt(3) * random.nextInt(medium.cloggingBytes() / 4)];
        boolean ends = random.nextBoolean();
        boolean reads = random.nextBoolean();
        return Call.running(() -> {
            peer.write(bytes);
            if (ends) peer.shutdownOutput();
            while (reads && peer.read(1_000).length > 0) {}
        });
    }

    private static void requireEnd(Call<Relay.Counts> running) throws Exception {
        try {
            running.result(); // both inputs had ended before
        } catch (IOException e) {
            assertTrue(!(e instanceof SocketTimeoutException), e::toString);
        }
    }
}
