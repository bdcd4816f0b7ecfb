package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/** Options are checked when they are built, and each copy differs in its own component. */
class SocketOptionsTest {
    private static final SocketOptions DEFAULT = SocketOptions.DEFAULT;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void eachCopyDiffersInOneComponent() {
        var probes = new KeepAliveProbes(SECOND, SECOND, 3);
        var file = new UnixFile("rw-rw----", "owner", "group");
        assertEquals(
                new SocketOptions(false, true, 1, 2, true, true, probes, SECOND, true, file),
                DEFAULT.withTcpNoDelay(false)
                        .withKeepAlive(SECOND, SECOND, 3)
                        .withSendBufferBytes(1)
                        .withReceiveBufferBytes(2)
                        .withReuseAddress(true)
                        .withReusePort(true)
                        .withUserTimeout(SECOND)
                        .withFastOpen(true)
                        .withUnixFile(
                                UnixFile.DEFAULT
                                        .withMode("rw-rw----")
                                        .withOwner("owner")
                                        .withGroup("group")));
    }

    @Test
    void probesTurnKeepAliveOn() {
        assertTrue(DEFAULT.withKeepAliveProbes(KeepAliveProbes.DEFAULT).keepAlive());
        assertTrue(DEFAULT.withKeepAlive(SECOND, SECOND, 3).keepAlive());
        assertFalse(DEFAULT.withKeepAlive(SECOND, SECOND, 3).withKeepAlive(false).keepAlive());
    }

    @Test
    void partsOfAUnitAreRoundedUp() {
        var probes = new KeepAliveProbes(Duration.ofMillis(1), Duration.ofMillis(2001), 0);
        assertEquals(1, probes.idleSeconds());
        assertEquals(3, probes.intervalSeconds());
        assertEquals(1, DEFAULT.withUserTimeout(Duration.ofNanos(1)).userTimeoutMillis());
        assertEquals(1000, DEFAULT.withUserTimeout(SECOND).userTimeoutMillis());
        assertEquals(0, DEFAULT.userTimeoutMillis());
        assertEquals(0, KeepAliveProbes.DEFAULT.idleSeconds());
    }

    @Test
    void valuesThatTheKernelRefusesAreRefused() {
        requireRefused("idle PT-1S", () -> probes(SECOND.negated(), SECOND, 1));
        requireRefused("idle PT9H6M8S", () -> probes(Duration.ofSeconds(32_768), SECOND, 1));
        requireRefused("interval PT-1S", () -> probes(SECOND, SECOND.negated(), 1));
        requireRefused("count -1", () -> probes(SECOND, SECOND, -1));
        requireRefused("count 128", () -> probes(SECOND, SECOND, 128));
        requireRefused("userTimeout PT-1S", () -> DEFAULT.withUserTimeout(SECOND.negated()));
        requireRefused("userTimeout PT600H", () -> DEFAULT.withUserTimeout(Duration.ofDays(25)));
        assertEquals(32_767, probes(Duration.ofSeconds(32_767), SECOND, 127).idleSeconds());
    }

    private static KeepAliveProbes probes(Duration idle, Duration interval, int count) {
        return new KeepAliveProbes(idle, interval, count);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw", "0660", "rw-rw-rw-x", "rwxrwxrwz", " "})
    void modeThatIsNoneIsRefused(String mode) {
        requireRefused(
                "mode " + mode + ": expected nine characters",
                () -> UnixFile.DEFAULT.withMode(mode));
    }

    private static void requireRefused(String message, Executable building) {
        var e = assertThrows(IllegalArgumentException.class, building);
        assertTrue(e.getMessage().contains(message), e::toString);
    }
}
