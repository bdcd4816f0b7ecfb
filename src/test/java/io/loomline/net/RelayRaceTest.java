package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Relay.Counts;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Random;

/** Relays that are cancelled repeatedly forward each byte and each end once. */
@ParameterizedClass
@EnumSource(Medium.class)
class RelayRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int CUTS = 30;

    @Parameter Medium medium;

    private final Random random = new Random(4);

    @Test
    void cancelledRelaysForwardEveryByteOnce() throws Exception {
        for (int i = 0; i < 3; i++) race();
    }

    @Test
    @Tag("stress")
    void cancelledRelaysForwardEveryByteOnceInManyRounds() throws Exception {
        for (int i = 0; i < 300; i++) race();
    }

    private void race() throws Exception {
        byte[] up = someBytes();
        byte[] down = someBytes();
        try (Link front = medium.open();
                Link back = medium.open()) {
            var relay = Relay.between(front.there(), back.here());
            var asking = Call.running(() -> send(front.here(), up));
            var answering = Call.running(() -> send(back.there(), down));
            var atServer = Call.of(() -> back.there().readAll(up.length));
            var atClient = Call.of(() -> front.here().readAll(down.length));
            for (int i = 0; i < CUTS; i++) {
                var running = Call.of(relay::run);
                for (int spins = random.nextInt(20_000); spins > 0; spins--) Thread.onSpinWait();
                running.cancel();
                if (!running.wasCancelled())
                    running.result(); // it may have ended before the cancel
            }
            assertEquals(new Counts(up.length, down.length), relay.run());
            assertArrayEquals(up, atServer.result());
            assertArrayEquals(down, atClient.result());
            asking.result();
            answering.result();
        }
    }

    private static void send(Connection to, byte[] bytes) throws Exception {
        to.write(bytes);
        to.shutdownOutput();
    }

    private byte[] someBytes() {
        byte[] bytes = new byte[random.nextInt(medium == Medium.ONE_BYTE ? 1_000 : 300_000)];
        random.nextBytes(bytes);
        return bytes;
    }
}
