package io.loomline.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void percentileIsAtMostAnEighthTooHigh() {
        for (int i = 1; i <= 10_000; i++) histogram.add(i * 1_000L);
        long p99 = histogram.takeP99().toNanos();
        assertTrue(p99 >= 9_900_000 && p99 <= 9_900_000 * 9 / 8, () -> "" + p99);
    }

    @Test
    void percentileIsOfTheTimesSinceTheLastOne() {
        histogram.add(1_000_000);
        histogram.takeP99();
        histogram.add(1_000);
        long p99 = histogram.takeP99().toNanos();
        assertTrue(p99 >= 1_000 && p99 <= 1_125, () -> "" + p99);
    }

    @Test
    void noTimeHasNoPercentile() {
        assertEquals(Duration.ZERO, histogram.takeP99());
    }
}
