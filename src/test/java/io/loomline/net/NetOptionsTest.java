package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/** Options are checked when they are built: the message has the value and the bound. */
class NetOptionsTest {
    @Test
    void defaultsAreLimits() {
        assertEquals(Duration.ofSeconds(10), ConnectOptions.DEFAULT.timeout());
        assertEquals(4096, ServerOptions.DEFAULT.backlog());
        int connections = ServerOptions.DEFAULT.maxConnections();
        assertTrue(connections > 0 && connections <= 10_000, () -> "" + connections);
    }

    @Test
    void eachCopyDiffersInOneThing() {
        var options = ServerOptions.DEFAULT.withMaxConnections(5).withBacklog(7);
        assertEquals(new ServerOptions(5, 7, Limits.DEFAULT), options);
        assertEquals(new ServerOptions(6, 7, Limits.DEFAULT), options.withMaxConnections(6));
        assertEquals(new ServerOptions(5, 7, Limits.NONE), options.withLimits(Limits.NONE));
        assertEquals(
                new ConnectOptions(Duration.ofSeconds(3), Limits.DEFAULT),
                ConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(3)));
        assertEquals(Limits.NONE, ConnectOptions.DEFAULT.withLimits(Limits.NONE).limits());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void numbersAreAtLeastOne(int number) {
        var options = ServerOptions.DEFAULT;
        isRefused("maxConnections " + number, () -> options.withMaxConnections(number));
        isRefused("backlog " + number, () -> options.withBacklog(number));
        options.withMaxConnections(1).withBacklog(1);
    }

    private static void isRefused(String value, Runnable building) {
        var e = assertThrows(IllegalArgumentException.class, building::run);
        assertTrue(e.getMessage().contains(value + ": expected 1 or more"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT-0.000000001S"})
    void timeoutIsLongerThanNothing(String timeout) {
        var options = ConnectOptions.DEFAULT;
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> options.withTimeout(Duration.parse(timeout)));
        assertTrue(e.getMessage().contains(timeout), e::toString);
    }

    @Test
    void timeoutMustNotBeMissing() {
        assertThrows(NullPointerException.class, () -> ConnectOptions.DEFAULT.withTimeout(null));
    }
}
