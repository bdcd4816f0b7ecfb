package io.loomline.faults;

import io.loomline.net.read.ReadComparison;
import io.loomline.net.read.ReadScript;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Hostile text, split in every way. */
final class InputFaults {
    private static final int CHUNK = 1_000;

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
        long end = System.nanoTime() + Duration.ofSeconds(trial.times(15, 0)).toNanos();
        int chunks = trial.times(Integer.MAX_VALUE, 1);
        Map<String, Long> outcomes =
                Peer.visit(
                        chunks,
                        2,
                        chunk -> {
                            boolean over = chunk > 1 && System.nanoTime() - end > 0;
                            return over ? "over" : compare(seed + (long) chunk * CHUNK);
                        });
        long same = outcomes.getOrDefault("same", 0L);
        trial.note("%,d runs".formatted(same * CHUNK));
        trial.atMost("differences", 0, outcomes.keySet().stream().filter(k -> !isGood(k)).count());
        outcomes.keySet().stream().filter(k -> !isGood(k)).limit(3).forEach(trial::note);
        trial.connections(0);
    }

    private static boolean isGood(String outcome) {
        return outcome.equals("same") || outcome.equals("over");
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
        return "same";
    }
}
