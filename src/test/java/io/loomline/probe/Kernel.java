package io.loomline.probe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;

import java.util.List;
import java.util.Locale;

/** The drivers that use the sockets of the kernel. */
public enum Kernel {
    NIO,
    EPOLL;

    /** The driver that a runtime chooses by default. */
    public static Kernel chosen() {
        String property = System.getProperty("io.loomline.driver", "");
        if (property.isEmpty()) return EpollDriver.lack() == null ? EPOLL : NIO;
        return valueOf(property.toUpperCase(Locale.ROOT));
    }

    /** A new driver. If the machine cannot run it, the test is skipped. */
    public Driver newDriver() {
        if (this == NIO) return Drivers.nio();
        String lack = EpollDriver.lack();
        assumeTrue(lack == null, lack);
        return Drivers.epoll();
    }

    /** The options of a JVM whose runtimes use this driver. */
    public List<String> jvmOptions() {
        return List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-Dio.loomline.driver=" + name().toLowerCase(Locale.ROOT));
    }
}
