package io.loomline;

import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.memory.MemoryDriver;
import io.loomline.driver.nio.NioDriver;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

/** The drivers that Loomline brings. */
public final class Drivers {
    /** Which driver is taken where none is asked for: {@code nio} or {@code epoll}. */
    private static final String PROPERTY = "io.loomline.driver";

    private static final Logger LOG = Loggers.of(Drivers.class);

    private Drivers() {}

    /** The one that the property names; without it epoll where that can run, or else nio. */
    static Driver forThisPlatform() {
        String asked = System.getProperty(PROPERTY, "");
        return switch (asked) {
            case "nio" -> nio();
            case "epoll" -> epoll();
            case "" -> fastest();
            default ->
                    throw new IllegalArgumentException(
                            "property " + PROPERTY + " is " + asked + ": expected nio or epoll");
        };
    }

    private static Driver fastest() {
        String lack = EpollDriver.lack();
        if (lack == null) return epoll();
        LOG.debug("the portable driver is taken: {}", lack);
        return nio();
    }

    /**
     * Sockets, on every platform: non-blocking channels and a selector loop.
     *
     * @return a new driver, which holds nothing until it is used; the runtime that it is given to
     *     closes it
     */
    public static Driver nio() {
        return new NioDriver();
    }

    /**
     * Sockets, on Linux: by epoll(7), and faster. The JVM must allow the library to call functions
     * of the system, by the option {@code --enable-native-access=io.loomline}.
     *
     * @return a new driver, which holds nothing until it is used; the runtime that it is given to
     *     closes it
     * @throws UnsupportedOperationException if it cannot run here; the message says why
     */
    public static Driver epoll() {
        return new EpollDriver(new NioDriver());
    }

    /**
     * A network of its own in this process, without a kernel. Listeners are found by their port, or
     * by any other kind of address as a name. Several runtimes may share it, to talk to each other.
     *
     * @return a new driver
     */
    public static Driver memory() {
        return new MemoryDriver();
    }
}
