package io.loomline.testing.contract;

import io.loomline.driver.Channel;

/**
 * Two channels that are connected to each other.
 *
 * @param first one end
 * @param second the other end
 */
public record ChannelPair(Channel first, Channel second) implements AutoCloseable {
    /** Opens the pairs for {@link ChannelContract}. Authors of drivers implement it. */
    @FunctionalInterface
    public interface Source {
        /**
         * Opens a new pair. The caller closes the pair; the source keeps any other resource it
         * needs, such as a listener.
         *
         * @return the pair
         * @throws Exception if the pair cannot be opened
         */
        ChannelPair open() throws Exception;
    }

    /** Closes both channels. */
    @Override
    public void close() {
        first.close();
        second.close();
    }
}
