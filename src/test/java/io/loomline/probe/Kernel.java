package io.loomline.probe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;

import java.util.Locale;

/** The drivers that leave the work to the kernel. */
public enum Kernel {
    NIO,
    EPOLL;

    /** The one that a runtime takes. */
    public static Kernel chosen() {
        String asked = System.getProperty("io.loomline.driver", "");
        if (asked.isEmpty()) return EpollDriver.lack() == null ? EPOLL : NIO;
        return valueOf(asked.toUpperCase(Locale.ROOT));
    }

    /** A driver that nobody else uses. Where it cannot run, the test is skipped. */
    public Driver newDriver() {
        if (this == NIO) return Drivers.nio();
        String lack = EpollDriver.lack();
        assumeTrue(lack == null, lack);
        return Drivers.epoll();
    }
}
