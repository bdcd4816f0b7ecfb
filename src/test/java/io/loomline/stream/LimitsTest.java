package io.loomline.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.connect.ConnectOptions;
import io.loomline.server.ServerOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.function.Function;

/** Limits apply by default, are checked when they are built, and can be switched off one by one. */
class LimitsTest {
    private static final Limits DEFAULT = Limits.DEFAULT;

    @Test
    void defaultsHaveTimeouts() {
        assertFalse(Limits.isLimit(DEFAULT.readTimeout()));
        assertEquals(Duration.ofSeconds(30), DEFAULT.writeTimeout());
        assertEquals(Duration.ofSeconds(30), DEFAULT.lineTimeout());
        assertEquals(Duration.ofMinutes(5), DEFAULT.idleTimeout());
        assertEquals(64 * 1024, DEFAULT.bufferBytes());
    }

    @Test
    void eachCopyDiffersInOneComponent() {
        var one = Duration.ofSeconds(1);
        var two = Duration.ofSeconds(2);
        var three = Duration.ofSeconds(3);
        var four = Duration.ofSeconds(4);
        assertEquals(
                new Limits(one, two, three, four, 5, new MinimumRate(6, one)),
                DEFAULT.withReadTimeout(one)
                        .withWriteTimeout(two)
                        .withLineTimeout(three)
                        .withIdleTimeout(four)
                        .withBufferBytes(5)
                        .withMinimumRate(6, one));
    }

    @Test
    void noneHasNoTimeoutsAndABufferBound() {
        var none = Limits.NONE;
        assertEquals(DEFAULT.bufferBytes(), none.bufferBytes());
        assertEquals(
                none,
                DEFAULT.withWriteTimeout(Limits.NO_LIMIT)
                        .withLineTimeout(Limits.NO_LIMIT)
                        .withIdleTimeout(Limits.NO_LIMIT));
        assertFalse(Limits.isLimit(Duration.ofSeconds(Long.MAX_VALUE)));
        assertTrue(Limits.isLimit(Duration.ofDays(365)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT-0.000000001S"})
    void nonPositiveTimeoutIsRefused(String time) {
        var duration = Duration.parse(time);
        requireRefused("readTimeout " + time, limits -> limits.withReadTimeout(duration));
        requireRefused("writeTimeout " + time, limits -> limits.withWriteTimeout(duration));
        requireRefused("lineTimeout " + time, limits -> limits.withLineTimeout(duration));
        requireRefused("idleTimeout " + time, limits -> limits.withIdleTimeout(duration));
    }

    @Test
    void bufferOfLessThanOneByteIsRefused() {
        requireRefused("bufferBytes 0: expected 1", limits -> limits.withBufferBytes(0));
        requireRefused("bufferBytes -1: expected 1", limits -> limits.withBufferBytes(-1));
        assertEquals(1, DEFAULT.withBufferBytes(1).bufferBytes());
    }

    @Test
    void nullTimeoutIsRefused() {
        assertThrows(NullPointerException.class, () -> DEFAULT.withReadTimeout(null));
        assertThrows(NullPointerException.class, () -> ServerOptions.DEFAULT.withLimits(null));
        assertThrows(NullPointerException.class, () -> ConnectOptions.DEFAULT.withLimits(null));
    }

    private static void requireRefused(String message, Function<Limits, Limits> change) {
        var e = assertThrows(IllegalArgumentException.class, () -> change.apply(DEFAULT));
        assertTrue(e.getMessage().contains(message), e::toString);
    }
}
