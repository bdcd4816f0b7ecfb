package io.loomline.testing;

import io.loomline.driver.memory.MemoryPair;
import io.loomline.net.Connection;
import io.loomline.task.Clock;
import io.loomline.task.SystemClock;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Two connections in memory that are connected to each other, for tests of network code.
 *
 * @param first one end
 * @param second the other end
 */
public record ConnectionPair(Connection first, Connection second) implements AutoCloseable {
    private static final int DEFAULT_BUFFER_BYTES = 64 * 1024;

    /** Opens the pairs for a contract of connections. Authors of drivers implement it. */
    @FunctionalInterface
    public interface Source {
        /**
         * Opens a new pair. The caller closes the pair; the source keeps any other resource it
         * needs, such as a listener.
         *
         * @return the pair
         * @throws Exception if the pair cannot be opened
         */
        ConnectionPair open() throws Exception;
    }

    /**
     * Opens a pair with a buffer of 64 KiB in each direction.
     *
     * @return the pair
     */
    public static ConnectionPair open() {
        return open(DEFAULT_BUFFER_BYTES);
    }

    /**
     * Opens a pair with buffers of the given size.
     *
     * @param bufferBytes the buffer of each direction, in bytes; with 0, writer and reader run in
     *     lock step: a write completes only while the peer is reading
     * @return the pair
     * @throws IllegalArgumentException if {@code bufferBytes} is negative
     */
    public static ConnectionPair open(int bufferBytes) {
        return open(bufferBytes, SystemClock.INSTANCE);
    }

    /**
     * Opens a pair whose timeouts use the given clock, such as a {@link ManualClock}.
     *
     * @param bufferBytes the buffer of each direction, in bytes; 0 for lock step
     * @param clock the clock
     * @return the pair
     * @throws IllegalArgumentException if {@code bufferBytes} is negative
     */
    public static ConnectionPair open(int bufferBytes, Clock clock) {
        var channels = MemoryPair.open(bufferBytes, address(1), address(2));
        return new ConnectionPair(
                Connection.over(channels.first(), clock),
                Connection.over(channels.second(), clock));
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Closes both connections. */
    @Override
    public void close() {
        first.close();
        second.close();
    }
}
