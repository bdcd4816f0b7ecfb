package io.loomline;

import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.memory.MemoryDriver;
import io.loomline.driver.nio.NioDriver;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

/** The drivers that come with Loomline. */
public final class Drivers {
    /** Names the default driver: {@code nio} or {@code epoll}. */
    private static final String PROPERTY = "io.loomline.driver";

    private static final Logger LOG = Loggers.of(Drivers.class);

    private Drivers() {}

    /** The driver that the property names; otherwise epoll if it can run here, else nio. */
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
        LOG.debug("using the portable driver: {}", lack);
        return nio();
    }

    /**
     * Sockets on every platform, through the JDK's non-blocking channels and a selector loop.
     *
     * @return a new driver, which holds no resources until it is used; the runtime closes it
     */
    public static Driver nio() {
        return new NioDriver();
    }

    /**
     * Sockets on Linux, through epoll(7), which is faster. The JVM must let the library call native
     * functions: {@code --enable-native-access=io.loomline}.
     *
     * @return a new driver, which holds no resources until it is used; the runtime closes it
     * @throws UnsupportedOperationException if it cannot run here; the message says why
     */
    public static Driver epoll() {
        return new EpollDriver(new NioDriver());
    }

    /**
     * A network inside this process, without a kernel. A listener is found by its port, or by any
     * other kind of address as a name. Runtimes that share the driver can connect to each other.
     *
     * @return a new driver
     */
    public static Driver memory() {
        return new MemoryDriver();
    }
}
