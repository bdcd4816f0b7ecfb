package io.loomline.net;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Sees the bytes of one direction of a {@link Relay} on their way, and may change them. */
@FunctionalInterface
public interface RelayFilter {
    /**
     * Receives the next bytes and returns those to forward. It gets each byte once. At the end of
     * the input it is called once more, without bytes, to return what it has held back. <i>May
     * block</i>, which holds back the peer.
     *
     * @param bytes the next bytes, read-only and valid only during the call; empty at the end
     * @return the bytes to forward: the argument, another buffer, or an empty one for none
     * @throws IOException to fail the relay; the connection to forward to is then reset
     * @throws InterruptedException if the relay was cancelled
     */
    ByteBuffer apply(ByteBuffer bytes) throws IOException, InterruptedException;
}
