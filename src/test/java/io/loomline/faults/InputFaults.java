package io.loomline.faults;

import io.loomline.net.read.ReadComparison;
import io.loomline.net.read.ReadScript;

import java.time.Duration;
import java.util.List;

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

    private static void compare(Trial trial) throws Exception {
        long seed = System.nanoTime();
        long end = seed + Duration.ofSeconds(trial.times(15, 0)).toNanos();
        long next = seed;
        String outcome;
        do { // on one thread, which is what a comparison is made for
            outcome = compare(next);
            next += CHUNK;
        } while (outcome.equals(SAME) && System.nanoTime() - end < 0);
        trial.note("%,d runs".formatted(next - seed));
        trial.holds(outcome, outcome.equals(SAME));
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
