package io.loomline.driver.unix;

import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What becomes of the queue of a listener when it is closed while other sockets listen at the same
 * port. By default the kernel resets the queued connections and the handshakes in progress. It can
 * move them to another listener of the port.
 *
 * <p><i>Source:</i> tcp_migrate_req in <a
 * href="https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html">ip-sysctl</a>: "When a
 * listener is closed, in-flight request sockets during the handshake and established sockets in the
 * accept queue are aborted." and "This option makes it possible to migrate such child sockets to
 * another listener after close() or shutdown()."
 */
final class PortSharing {
    private static final Logger LOG = Loggers.of(PortSharing.class);

    /** One for each network namespace: the file shows that of the reading thread. */
    private static final Path MIGRATES = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");

    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private PortSharing() {}

    /** Whether the kernel moves what is queued to another listener of the port. */
    static boolean migratesQueues() {
        try {
            return Files.readString(MIGRATES).strip().equals("1");
        } catch (IOException e) {
            LOG.debug("{} cannot be read: this kernel moves no queued connection", MIGRATES, e);
            return false;
        }
    }

    /** Warns once for each process, when it begins to listen. */
    static void warnUnlessQueuesMigrate(SocketAddress local) {
        if (migratesQueues() || WARNED.getAndSet(true)) return;
        LOG.warn(
                "the listener at {} shares its port (SO_REUSEPORT), and net.ipv4.tcp_migrate_req is"
                        + " not 1: if a process that listens there ends, the kernel resets the"
                        + " connections that it has queued for that process; set it with sysctl -w"
                        + " net.ipv4.tcp_migrate_req=1 (Linux 5.14)",
                local);
    }
}
