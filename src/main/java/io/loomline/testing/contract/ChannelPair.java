package io.loomline.testing.contract;

import io.loomline.driver.Channel;

/**
 * Two channels that are connected to each other.
 *
 * @param first one end
 * @param second the other end
 */
public record ChannelPair(Channel first, Channel second) implements AutoCloseable {
    /** Where a contract gets its pairs from: what the author of a driver brings to it. */
    @FunctionalInterface
    public interface Source {
        /**
         * Opens a new pair. What else is needed for it, such as a listener, belongs to the source.
         *
         * @return the pair; whoever asked closes it
         * @throws Exception if it cannot be opened
         */
        ChannelPair open() throws Exception;
    }

    /** Closes both. */
    @Override
    public void close() {
        first.close();
        second.close();
    }
}
