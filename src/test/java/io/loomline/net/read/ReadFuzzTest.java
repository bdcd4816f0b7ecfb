package io.loomline.net.read;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.TimeUnit;

/** Random reads of random input give the same results however the input is split. */
class ReadFuzzTest {
    @Test
    void readsDoNotDependOnHowTheInputIsSplit() throws Exception {
        compare(1, 2_000);
    }

    @Test
    @Tag("slow")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void readsDoNotDependOnHowTheInputIsSplitInTenMillionScripts() throws Exception {
        compare(System.nanoTime(), 10_000_000);
    }

    private static void compare(long firstSeed, int scripts) {
        for (int i = 0; i < scripts; i++) {
            long seed = firstSeed + i;
            try {
                new ReadComparison(ReadScript.of(seed)).run();
            } catch (AssertionError | Exception e) {
                throw new AssertionError("seed " + seed + "L", e);
            }
        }
    }
}
