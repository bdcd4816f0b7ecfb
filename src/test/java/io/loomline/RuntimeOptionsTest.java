package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions.Carriers;
import io.loomline.observe.InspectorOptions;
import io.loomline.task.SystemClock;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;

/** Options are checked when built; each withX method changes one component. */
class RuntimeOptionsTest {
    private static final RuntimeOptions DEFAULT = RuntimeOptions.DEFAULT;

    @Test
    void defaultHasNoDriverAndUsesTheSystemClock() {
        assertEquals("runtime", DEFAULT.name());
        assertNull(DEFAULT.driver());
        assertSame(SystemClock.INSTANCE, DEFAULT.clock());
    }

    @Test
    void eachCopyDiffersInOneComponent() {
        var driver = Drivers.memory();
        var clock = new ManualClock();
        var all = DEFAULT.withName("shop").withDriver(driver).withClock(clock);
        var shutdown = DEFAULT.shutdown().withGrace(Duration.ofSeconds(3));
        assertEquals(
                new RuntimeOptions(
                        "shop",
                        driver,
                        clock,
                        List.of(),
                        false,
                        Carriers.FIXED,
                        shutdown,
                        7,
                        InspectorOptions.at(9)),
                all.withShutdownGrace(Duration.ofSeconds(3)).withMaxHeldBytes(7).withInspector(9));
        assertEquals(DEFAULT.withDriver(driver).withClock(clock), all.withName("runtime"));
        assertEquals("runtime", DEFAULT.name());
        var delayed = DEFAULT.withShutdown(shutdown.withReadinessDelay(Duration.ofSeconds(1)));
        assertEquals(
                Duration.ofSeconds(1),
                delayed.withShutdownGrace(Duration.ZERO).shutdown().readinessDelay());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n"})
    void nameMustNotBeBlank(String name) {
        var e = assertThrows(IllegalArgumentException.class, () -> DEFAULT.withName(name));
        assertTrue(e.getMessage().contains("name"), e::toString);
    }

    @Test
    void nullIsRejected() {
        assertThrows(NullPointerException.class, () -> DEFAULT.withName(null));
        assertThrows(NullPointerException.class, () -> DEFAULT.withDriver(null));
        assertThrows(NullPointerException.class, () -> DEFAULT.withClock(null));
    }

    @Test
    void eachCallCreatesADriver() {
        assertNotSame(Drivers.memory(), Drivers.memory());
        assertNotSame(Drivers.nio(), Drivers.nio());
    }
}
