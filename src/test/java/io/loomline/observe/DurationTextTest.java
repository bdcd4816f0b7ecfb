package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Durations for readers. */
class DurationTextTest {
    @Test
    void unitFollowsTheLength() {
        assertEquals("0 ms", DurationText.of(Duration.ZERO));
        assertEquals("999 ms", DurationText.of(Duration.ofMillis(999)));
        assertEquals("1.0 s", DurationText.of(Duration.ofSeconds(1)));
        assertEquals("38 s", DurationText.of(Duration.ofSeconds(38)));
        assertEquals("25 min", DurationText.of(Duration.ofMinutes(25)));
        assertEquals("10 h", DurationText.of(Duration.ofHours(10)));
        assertEquals("4 d", DurationText.of(Duration.ofDays(4)));
        assertEquals("106751991167300 d", DurationText.of(Duration.ofSeconds(Long.MAX_VALUE)));
    }
}
