package io.loomline.server;

import com.sun.management.UnixOperatingSystemMXBean;

import io.loomline.driver.SocketOptions;
import io.loomline.stream.Limits;

import java.lang.management.ManagementFactory;
import java.util.Objects;

/**
 * How a server accepts.
 *
 * @param maxConnections how many connections it serves at a time; further clients wait in the
 *     backlog, as they do while the process's descriptors run short
 * @param backlog how many clients may wait to be accepted; a hint, which the kernel may lower
 * @param limits how long calls of each connection may wait, and how much it may hold
 * @param socket how the kernel treats the sockets of the connections
 * @param resetOnFailure whether a connection whose handler throws is reset; otherwise it is closed
 *     as one whose handler returns
 */
public record ServerOptions(
        int maxConnections,
        int backlog,
        Limits limits,
        SocketOptions socket,
        boolean resetOnFailure) {
    private static final int MOST_CONNECTIONS = 10_000;

    /** What a process keeps of its descriptors for everything else: a fifth. */
    private static final double SHARE_OF_DESCRIPTORS = 0.8;

    /** As Linux allows by default: net.core.somaxconn in listen(2). */
    private static final int DEFAULT_BACKLOG = 4096;

    /**
     * At most 10,000 connections or 80 % of the process's limit of descriptors, whichever is less;
     * a backlog of 4096; {@link Limits#DEFAULT}.
     */
    public static final ServerOptions DEFAULT =
            new ServerOptions(
                    defaultMaxConnections(),
                    DEFAULT_BACKLOG,
                    Limits.DEFAULT,
                    SocketOptions.DEFAULT,
                    false);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a number is less than 1
     */
    public ServerOptions {
        requireAtLeastOne("maxConnections", maxConnections);
        requireAtLeastOne("backlog", backlog);
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(socket, "socket");
    }

    static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " " + value + ": expected 1 or more");
        }
    }

    private static int defaultMaxConnections() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os) {
            double share = os.getMaxFileDescriptorCount() * SHARE_OF_DESCRIPTORS;
            return (int) Math.clamp(share, 1, MOST_CONNECTIONS);
        }
        return MOST_CONNECTIONS;
    }

    /**
     * A copy with another limit of connections.
     *
     * @param maxConnections how many connections the server serves at a time
     * @return the copy
     */
    public ServerOptions withMaxConnections(int maxConnections) {
        return new ServerOptions(maxConnections, backlog, limits, socket, resetOnFailure);
    }

    /**
     * A copy with another backlog.
     *
     * @param backlog how many clients may wait to be accepted; the kernel may lower it
     * @return the copy
     */
    public ServerOptions withBacklog(int backlog) {
        return new ServerOptions(maxConnections, backlog, limits, socket, resetOnFailure);
    }

    /**
     * A copy with other limits for its connections.
     *
     * @param limits how long calls of each connection may wait, and how much it may hold
     * @return the copy
     */
    public ServerOptions withLimits(Limits limits) {
        return new ServerOptions(maxConnections, backlog, limits, socket, resetOnFailure);
    }

    /**
     * A copy with other options of the sockets.
     *
     * @param socket how the kernel treats the sockets of the connections
     * @return the copy
     */
    public ServerOptions withSocket(SocketOptions socket) {
        return new ServerOptions(maxConnections, backlog, limits, socket, resetOnFailure);
    }

    /**
     * A copy that resets connections of which the handler throws, or does not. Without it, what a
     * handler has written before it failed arrives, such as an error line, and then an orderly end;
     * with it the peer sees an error: for protocols in which a cut answer would look whole.
     *
     * @param resetOnFailure whether such a connection is reset
     * @return the copy
     */
    public ServerOptions withResetOnFailure(boolean resetOnFailure) {
        return new ServerOptions(maxConnections, backlog, limits, socket, resetOnFailure);
    }
}
