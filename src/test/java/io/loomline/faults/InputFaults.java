package io.loomline.faults;

import io.loomline.net.read.ReadComparison;
import io.loomline.net.read.ReadScript;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Hostile text, split in every way. */
final class InputFaults {
    private static final int CHUNK = 1_000;
    private static final String SAME = "no difference";

    private InputFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "text-fuzz",
                        "NUL, CRLF mixes, bad UTF-8, split at random",
                        "as the naive reader, however split (10 M: ReadFuzzTest, slow)",
                        InputFaults::compare));
    }

    private static void compare(Trial trial) throws InterruptedException {
        long seed = System.nanoTime();
        long end = seed + Duration.ofSeconds(trial.times(15, 0)).toNanos();
        var next = new AtomicLong(seed);
        Map<String, Long> outcomes =
                Peer.visit(
                        2,
                        2,
                        _ -> {
                            String outcome;
                            do outcome = compare(next.getAndAdd(CHUNK));
                            while (outcome.equals(SAME) && System.nanoTime() - end < 0);
                            return outcome;
                        });
        trial.note("%,d runs".formatted(next.get() - seed));
        trial.all(SAME, 2, outcomes);
        trial.connections(0);
    }

    private static String compare(long firstSeed) throws Exception {
        for (int i = 0; i < CHUNK; i++) {
            long seed = firstSeed + i;
            try {
                new ReadComparison(ReadScript.of(seed)).run();
            } catch (AssertionError | RuntimeException e) {
                return "seed " + seed + "L: " + e;
            }
        }
        return SAME;
    }
}
