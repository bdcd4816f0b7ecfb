package io.loomline.driver;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * A way to move bytes: opens channels to others and acceptors for others. A runtime owns its driver
 * and closes it.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public interface Driver extends AutoCloseable {
    /**
     * Connects to an address. <i>Blocks</i> until the peer has accepted or refused.
     *
     * <p><i>Cancellation:</i> an interrupt ends the attempt and frees what it held.
     *
     * @param remote where to; resolved
     * @return the channel, connected
     * @throws IOException if the connection cannot be made, or the driver is closed
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws IllegalArgumentException if the driver cannot reach addresses of this kind
     */
    Channel connect(SocketAddress remote) throws IOException, InterruptedException;

    /**
     * Listens at an address.
     *
     * @param local where; a port of 0 takes any free one
     * @param backlog how many connections may wait to be accepted, a hint
     * @return the acceptor, listening
     * @throws IOException if the address cannot be had, or the driver is closed
     * @throws IllegalArgumentException if the driver cannot listen at addresses of this kind
     */
    Acceptor listen(SocketAddress local, int backlog) throws IOException;

    /** Closes all channels and acceptors and frees what the driver holds. Idempotent. */
    @Override
    void close();
}
