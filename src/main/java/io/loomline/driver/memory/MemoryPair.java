package io.loomline.driver.memory;

import io.loomline.driver.Channel;

import java.net.SocketAddress;

/**
 * Two channels that are connected to each other.
 *
 * @param first one end
 * @param second the other end
 */
public record MemoryPair(Channel first, Channel second) {
    /**
     * Connects two new channels.
     *
     * @param capacityBytes how many bytes each direction holds; with 0, writer and reader proceed
     *     in lock step: a write is taken only while the reader waits for it
     * @param firstAddress the address of the first end
     * @param secondAddress the address of the second end
     * @return the pair
     * @throws IllegalArgumentException if the capacity is negative
     */
    public static MemoryPair open(
            int capacityBytes, SocketAddress firstAddress, SocketAddress secondAddress) {
        var toSecond = new MemoryPipe(capacityBytes);
        var toFirst = new MemoryPipe(capacityBytes);
        return new MemoryPair(
                new MemoryChannel(toFirst, toSecond, firstAddress, secondAddress),
                new MemoryChannel(toSecond, toFirst, secondAddress, firstAddress));
    }
}
