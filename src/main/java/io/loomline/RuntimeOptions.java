package io.loomline;

import io.loomline.driver.Driver;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * How a runtime works.
 *
 * @param name what log lines and messages call the runtime
 * @param driver how bytes move, closed with the runtime; null chooses one for the platform
 * @param clock the time that waits go by
 */
public record RuntimeOptions(String name, @Nullable Driver driver, Clock clock) {
    /** Named {@code runtime}, with the driver for the platform and the clock of the machine. */
    public static final RuntimeOptions DEFAULT =
            new RuntimeOptions("runtime", null, Clock.system());

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public RuntimeOptions {
        if (name.isBlank())
            throw new IllegalArgumentException("name is blank: give the runtime one");
        Objects.requireNonNull(clock, "clock");
    }

    /**
     * A copy with another name.
     *
     * @param name what log lines and messages call the runtime
     * @return the copy
     */
    public RuntimeOptions withName(String name) {
        return new RuntimeOptions(name, driver, clock);
    }

    /**
     * A copy with another driver.
     *
     * @param driver how bytes move; the runtime closes it
     * @return the copy
     */
    public RuntimeOptions withDriver(Driver driver) {
        return new RuntimeOptions(name, Objects.requireNonNull(driver, "driver"), clock);
    }

    /**
     * A copy with another clock.
     *
     * @param clock the time that waits go by
     * @return the copy
     */
    public RuntimeOptions withClock(Clock clock) {
        return new RuntimeOptions(name, driver, clock);
    }
}
