package io.loomline;

import io.loomline.driver.Driver;
import io.loomline.task.Clock;
import io.loomline.task.ContextCarrier;
import io.loomline.task.SystemClock;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/**
 * How a runtime works.
 *
 * @param name what log lines and messages call the runtime
 * @param driver how bytes move, closed with the runtime; null takes the one that the system
 *     property {@code io.loomline.driver} names, {@code nio} or {@code epoll}, and without that
 *     epoll where it can run, otherwise nio
 * @param clock the time that waits go by
 * @param context what a task takes along from the thread that starts it
 * @param daemon whether the JVM may end while the runtime has servers or tasks; false keeps it
 *     alive until the runtime is closed, or empty
 */
public record RuntimeOptions(
        String name,
        @Nullable Driver driver,
        Clock clock,
        List<ContextCarrier> context,
        boolean daemon) {
    /**
     * Named {@code runtime}, with the driver for the platform and the clock of the machine. A
     * server or a task in the runtime keeps the JVM alive.
     */
    public static final RuntimeOptions DEFAULT =
            new RuntimeOptions("runtime", null, SystemClock.INSTANCE, List.of(), false);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public RuntimeOptions {
        if (name.isBlank())
            throw new IllegalArgumentException("name is blank: give the runtime one");
        Objects.requireNonNull(clock, "clock");
        context = List.copyOf(context);
    }

    /**
     * A copy with another name.
     *
     * @param name what log lines and messages call the runtime
     * @return the copy
     */
    public RuntimeOptions withName(String name) {
        return new RuntimeOptions(name, driver, clock, context, daemon);
    }

    /**
     * A copy with another driver.
     *
     * @param driver how bytes move; the runtime closes it
     * @return the copy
     */
    public RuntimeOptions withDriver(Driver driver) {
        return new RuntimeOptions(
                name, Objects.requireNonNull(driver, "driver"), clock, context, daemon);
    }

    /**
     * A copy with another clock.
     *
     * @param clock the time that waits go by
     * @return the copy
     */
    public RuntimeOptions withClock(Clock clock) {
        return new RuntimeOptions(name, driver, clock, context, daemon);
    }

    /**
     * A copy whose tasks take other things along from the thread that starts them.
     *
     * @param carriers what to take along; none takes nothing
     * @return the copy
     */
    public RuntimeOptions withContext(ContextCarrier... carriers) {
        return new RuntimeOptions(name, driver, clock, List.of(carriers), daemon);
    }

    /**
     * A copy that does, or does not, let the JVM end while servers or tasks are left. For
     * embedding: where something else decides how long the program runs.
     *
     * @param daemon whether the JVM may end while the runtime has servers or tasks
     * @return the copy
     */
    public RuntimeOptions withDaemon(boolean daemon) {
        return new RuntimeOptions(name, driver, clock, context, daemon);
    }
}
