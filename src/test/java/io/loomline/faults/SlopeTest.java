package io.loomline.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.faults.Slope.Sample;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SlopeTest {
    private static List<Sample> samples(double perHour, double noise) {
        var random = new Random(3);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i <= 60; i++) {
            double hours = i / 60.0;
            samples.add(new Sample(hours, 100 + perHour * hours + noise * random.nextGaussian()));
        }
        return samples;
    }

    @Test
    void slopeOfALineIsExact() {
        Slope slope = Slope.of(samples(12, 0));
        assertEquals(12, slope.perHour(), 1e-9);
        assertEquals(0, slope.errorPerHour(), 1e-9);
        assertTrue(slope.grows(1, 1));
        assertFalse(slope.grows(1, 20));
    }

    @Test
    void leakInNoiseIsFound() {
        assertTrue(Slope.of(samples(12, 1)).grows(1, 1));
    }

    @Test
    void noiseIsNoLeak() {
        assertFalse(Slope.of(samples(0, 10)).grows(1, 1));
    }

    @Test
    void twoSamplesHaveNoSlope() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Slope.of(samples(1, 1).subList(0, 2)));
        assertTrue(e.getMessage().contains("2 samples"), e::toString);
    }
}
