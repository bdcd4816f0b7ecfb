package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
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
import org.junit.jupiter.params.provider.EnumSource.Mode;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Cancels race small writes: the peer reads all writes that returned, and no other bytes. */
@ParameterizedClass
@EnumSource(mode = Mode.EXCLUDE, names = "ONE_BYTE")
class CutWriteRaceTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int WRITES = 300;
    private static final int MOST_BYTES = 30_000;

    @Parameter Medium medium;

    private final Random random = new Random(3);

    @Test
    void peerReadsExactlyTheWritesThatReturned() throws Exception {
        race(WRITES);
    }

    @Test
    @Tag("stress")
    void peerReadsExactlyTheWritesThatReturnedInManyRounds() throws Exception {
        race(30 * WRITES);
    }

    private void race(int writes) throws Exception {
        List<String> returned = new ArrayList<>();
        try (Link link = medium.open()) {
            var peer = Call.of(() -> readSlowly(link.there()));
            int cuts = 0;
            for (int i = 0; i < writes; i++) {
                String line = i + " " + "x".repeat(random.nextInt(MOST_BYTES));
                if (writeUnlessCut(link.here(), line)) returned.add(line);
                else cuts++;
            }
            link.here().shutdownOutput();
            assertEquals(returned, peer.result());
            assertTrue(cuts > 0, "no write was cut: the race was none");
        }
    }

    private boolean writeUnlessCut(Connection connection, String line) throws Exception {
        var call = Call.running(() -> connection.writeLine(line));
        for (int spins = random.nextInt(3_000); spins > 0; spins--) Thread.onSpinWait();
        call.cancel();
        return !call.wasCancelled() && call.result();
    }

    /** Reads more slowly than the writer writes, so that writes have to wait. */
    private static List<String> readSlowly(Connection connection) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line; (line = connection.readLine()) != null; ) {
            lines.add(line);
            for (int spins = 0; spins < 5_000; spins++) Thread.onSpinWait();
        }
        return lines;
    }
}
