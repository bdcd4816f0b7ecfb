package io.loomline;

import io.loomline.driver.Driver;
import io.loomline.observe.InspectorOptions;
import io.loomline.server.ShutdownOptions;
import io.loomline.task.Clock;
import io.loomline.task.ContextCarrier;
import io.loomline.task.SystemClock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The options of a runtime.
 *
 * @param name its name in log lines and messages
 * @param driver moves the bytes, and is closed with the runtime; if null, the system property
 *     {@code io.loomline.driver} names {@code nio} or {@code epoll}, and without the property it is
 *     epoll if that can run here, otherwise nio
 * @param clock measures timeouts
 * @param context carries context from the thread that starts a task into the task
 * @param daemon whether the JVM may end while the runtime has servers or tasks; if false, they keep
 *     it alive
 * @param carriers whether the runtime adapts the number of carriers
 * @param shutdown how {@link Runtime#run(Runtime.Main)} shuts the servers down after a signal
 * @param maxHeldBytes how many bytes all connections may hold together while they wait for peers:
 *     incomplete input, unsent output, and messages queued in an {@link io.loomline.outbox.Outbox}.
 *     Over 80 % of it, servers accept no client until it is 60 %, at most for 2 s. Over 90 %, the
 *     connections that hold most of the incomplete input pause their reads until it is 60 %, at
 *     most for a second at a time. The pauses do not count for the minimum rate; line and idle
 *     timeouts continue to run, and are checked after the pause. {@link Runtime#maxHeldBytes}
 *     changes the bound of a running runtime. A connection that would exceed the bound fails.
 *     Whatever the bound, the connections of all runtimes hold at most half of the heap.
 * @param inspector where the runtime serves the page that shows what it is doing; if null, the
 *     system property {@code io.loomline.inspector} gives the port for the first runtime of the
 *     process, and without the property there is no page
 */
public record RuntimeOptions(
        String name,
        @Nullable Driver driver,
        Clock clock,
        List<ContextCarrier> context,
        boolean daemon,
        Carriers carriers,
        ShutdownOptions shutdown,
        long maxHeldBytes,
        @Nullable InspectorOptions inspector) {
    /** Overrides the options' choice: {@code fixed} or {@code adaptive}. */
    private static final String CARRIERS_PROPERTY = "io.loomline.carriers";

    /**
     * Whether the runtime adapts the number of carriers: the threads of the system that run virtual
     * threads. All virtual threads of the JVM share them.
     */
    public enum Carriers {
        /**
         * The runtime leaves the number alone, except while every carrier has been blocked for 3 s.
         * It adds carriers then, because no virtual thread would ever run again, and takes them
         * back.
         */
        FIXED,

        /**
         * The runtime uses one carrier while that is enough for its connections, which saves CPU
         * time, and all of them otherwise. One runtime of a JVM does so at a time, the first one
         * that asks.
         */
        ADAPTIVE
    }

    /**
     * The name {@code runtime}, the platform's driver, the system clock and {@link Carriers#FIXED}.
     * Servers and tasks keep the JVM alive. After a signal, connections have a grace period of 15 s
     * to end. {@code maxHeldBytes} is half of the heap.
     */
    public static final RuntimeOptions DEFAULT =
            new RuntimeOptions(
                    "runtime",
                    null,
                    SystemClock.INSTANCE,
                    List.of(),
                    false,
                    Carriers.FIXED,
                    ShutdownOptions.within(Duration.ofSeconds(15)),
                    java.lang.Runtime.getRuntime().maxMemory() / 2,
                    null);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public RuntimeOptions {
        if (name.isBlank())
            throw new IllegalArgumentException("name is blank: expected a name for the runtime");
        Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(carriers, "carriers");
        context = List.copyOf(context);
        Objects.requireNonNull(shutdown, "shutdown");
        if (maxHeldBytes < 1) {
            throw new IllegalArgumentException(
                    "maxHeldBytes " + maxHeldBytes + ": expected 1 or more");
        }
    }

    /**
     * A copy with another name.
     *
     * @param name its name in log lines and messages
     * @return the copy
     */
    public RuntimeOptions withName(String name) {
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /**
     * A copy with another driver.
     *
     * @param driver moves the bytes; the runtime closes it
     * @return the copy
     */
    public RuntimeOptions withDriver(Driver driver) {
        return new RuntimeOptions(
                name,
                Objects.requireNonNull(driver, "driver"),
                clock,
                context,
                daemon,
                carriers,
                shutdown,
                maxHeldBytes,
                inspector);
    }

    /**
     * A copy with another clock.
     *
     * @param clock measures timeouts
     * @return the copy
     */
    public RuntimeOptions withClock(Clock clock) {
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /**
     * A copy with other context carriers.
     *
     * @param context each carries a piece of context from the thread that starts a task into the
     *     task
     * @return the copy
     */
    public RuntimeOptions withContext(ContextCarrier... context) {
        return new RuntimeOptions(
                name,
                driver,
                clock,
                List.of(context),
                daemon,
                carriers,
                shutdown,
                maxHeldBytes,
                inspector);
    }

    /**
     * A copy for a runtime whose servers and tasks do not keep the JVM alive, for embedding in a
     * program that decides by itself how long it runs; or the opposite.
     *
     * @param daemon whether the JVM may end while the runtime has servers or tasks
     * @return the copy
     */
    public RuntimeOptions withDaemon(boolean daemon) {
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /**
     * A copy with another choice about the number of carriers. {@link Runtime#run(Runtime.Main)}
     * asks for {@link Carriers#ADAPTIVE}, because the program owns its process. The system property
     * {@code io.loomline.carriers}, {@code fixed} or {@code adaptive}, overrides both.
     *
     * @param carriers whether the runtime adapts the number
     * @return the copy
     */
    public RuntimeOptions withCarriers(Carriers carriers) {
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /**
     * A copy with another way to shut the servers down after a signal.
     *
     * @param shutdown the grace period, and the readiness delay and paced notices if there are any
     * @return the copy
     */
    public RuntimeOptions withShutdown(ShutdownOptions shutdown) {
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /**
     * A copy with another grace period in {@code shutdown}.
     *
     * @param grace how long connections may go on after a signal that ends the program; with zero,
     *     the signal cancels the main task at once
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     */
    public RuntimeOptions withShutdownGrace(Duration grace) {
        return withShutdown(shutdown.withGrace(grace));
    }

    /**
     * A copy with another {@code maxHeldBytes}.
     *
     * @param maxHeldBytes how many bytes all connections may hold together while they wait for
     *     peers
     * @return the copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public RuntimeOptions withMaxHeldBytes(long maxHeldBytes) {
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /**
     * A copy for a runtime that serves its inspector, read-only: a page that shows what the runtime
     * is doing, for browsers on this machine. See {@link InspectorOptions}.
     *
     * @param port the port at 127.0.0.1 and ::1; 0 for any free one, which is logged
     * @return the copy
     * @throws IllegalArgumentException if the port is out of range
     */
    public RuntimeOptions withInspector(int port) {
        return withInspector(InspectorOptions.at(port));
    }

    /**
     * A copy for a runtime that serves its inspector, as {@link #withInspector(int)} does, with
     * other options.
     *
     * @param inspector the port, and whether the page may cancel and drain
     * @return the copy
     */
    public RuntimeOptions withInspector(InspectorOptions inspector) {
        Objects.requireNonNull(inspector, "inspector");
        return new RuntimeOptions(
                name, driver, clock, context, daemon, carriers, shutdown, maxHeldBytes, inspector);
    }

    /** Whether to adapt the number of carriers, by the property or else by the options. */
    boolean adaptsCarriers() {
        String asked = System.getProperty(CARRIERS_PROPERTY, "");
        return switch (asked) {
            case "adaptive" -> true;
            case "fixed" -> false;
            case "" -> carriers == Carriers.ADAPTIVE;
            default ->
                    throw new IllegalArgumentException(
                            "property %s is %s: expected adaptive or fixed"
                                    .formatted(CARRIERS_PROPERTY, asked));
        };
    }
}
