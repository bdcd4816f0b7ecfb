package io.loomline.net.wire;

import java.io.IOException;

/** Bytes to be sent. */
public interface WriteSource {
    /**
     * Passes as many bytes to the channel as it takes without waiting.
     *
     * @return whether all bytes have been passed
     */
    boolean sendTo(GuardedChannel channel) throws IOException, InterruptedException;
}
