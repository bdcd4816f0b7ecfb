package io.loomline.testing;

import io.loomline.driver.memory.MemoryPair;
import io.loomline.net.Connection;
import io.loomline.task.Clock;
import io.loomline.task.SystemClock;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Two connections in memory that are connected to each other, for tests of code that talks.
 *
 * @param first one end
 * @param second the other end
 */
public record ConnectionPair(Connection first, Connection second) implements AutoCloseable {
    private static final int DEFAULT_BUFFER_BYTES = 64 * 1024;

    /** Where a connection contract gets its pairs from. */
    @FunctionalInterface
    public interface Source {
        /**
         * Opens a new pair. What else is needed for it, such as a listener, belongs to the source.
         *
         * @return the pair; whoever asked closes it
         * @throws Exception if it cannot be opened
         */
        ConnectionPair open() throws Exception;
    }

    /**
     * Opens a pair whose directions hold 64 KiB each.
     *
     * @return the pair
     */
    public static ConnectionPair open() {
        return open(DEFAULT_BUFFER_BYTES);
    }

    /**
     * Opens a pair.
     *
     * @param bufferBytes how many bytes each direction holds; with 0, writer and reader go in lock
     *     step: a write is taken only while the peer waits for it
     * @return the pair
     * @throws IllegalArgumentException if the number is negative
     */
    public static ConnectionPair open(int bufferBytes) {
        return open(bufferBytes, SystemClock.INSTANCE);
    }

    /**
     * Opens a pair whose waits go by a given clock.
     *
     * @param bufferBytes how many bytes each direction holds; 0 for lock step
     * @param clock the time to go by
     * @return the pair
     * @throws IllegalArgumentException if the number is negative
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

    /** Closes both. */
    @Override
    public void close() {
        first.close();
        second.close();
    }
}
