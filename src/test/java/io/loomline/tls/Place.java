package io.loomline.tls;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a server with TLS listens. */
enum Place {
    NIO,
    EPOLL,
    UNIX,
    MEMORY;

    /** A new driver. If the machine cannot run it, the test is skipped. */
    public Driver newDriver() {
        return switch (this) {
            case NIO -> Kernel.NIO.newDriver();
            case EPOLL -> Kernel.EPOLL.newDriver();
            case UNIX -> Kernel.chosen().newDriver();
            case MEMORY -> Drivers.memory();
        };
    }

    /** A free address. */
    public SocketAddress newAddress() {
        return this == UNIX ? newPath() : LoopbackAddress.of(0);
    }

    private static SocketAddress newPath() {
        try {
            Path directory = Files.createTempDirectory("tls");
            directory.toFile().deleteOnExit();
            return UnixDomainSocketAddress.of(directory.resolve("socket"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
