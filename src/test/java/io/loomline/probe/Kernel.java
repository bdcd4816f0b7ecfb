package io.loomline.probe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;

/** The drivers that leave the work to the kernel. */
public enum Kernel {
    NIO,
    EPOLL;

    /** A driver that nobody else uses. Where it cannot run, the test is skipped. */
    public Driver newDriver() {
        if (this == NIO) return Drivers.nio();
        String lack = EpollDriver.lack();
        assumeTrue(lack == null, lack);
        return Drivers.epoll();
    }
}
