package io.loomline.driver;

import org.jspecify.annotations.Nullable;

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
     * @param local where from; null leaves it to the driver
     * @param options how the channel is set up
     * @return the channel, connected
     * @throws ExhaustionException if the machine has run out of what a connection needs
     * @throws IOException if the connection cannot be made, or the driver is closed
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws IllegalArgumentException if the driver cannot reach addresses of this kind, or not
     *     from such a local one
     */
    Channel connect(SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException;

    /**
     * Connects to an address, from any, with {@link SocketOptions#DEFAULT}. <i>Blocks.</i>
     *
     * @param remote where to; resolved
     * @return the channel, connected
     * @throws IOException if the connection cannot be made, or the driver is closed
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws IllegalArgumentException if the driver cannot reach addresses of this kind
     */
    default Channel connect(SocketAddress remote) throws IOException, InterruptedException {
        return connect(remote, null, SocketOptions.DEFAULT);
    }

    /**
     * Listens at an address.
     *
     * @param local where; a port of 0 takes any free one
     * @param backlog how many connections may wait to be accepted, a hint
     * @param options how the channels are set up that it accepts
     * @return the acceptor, listening
     * @throws IOException if the address cannot be had, or the driver is closed
     * @throws IllegalArgumentException if the driver cannot listen at addresses of this kind
     */
    Acceptor listen(SocketAddress local, int backlog, SocketOptions options) throws IOException;

    /**
     * Listens at an address, with {@link SocketOptions#DEFAULT}.
     *
     * @param local where; a port of 0 takes any free one
     * @param backlog how many connections may wait to be accepted, a hint
     * @return the acceptor, listening
     * @throws IOException if the address cannot be had, or the driver is closed
     * @throws IllegalArgumentException if the driver cannot listen at addresses of this kind
     */
    default Acceptor listen(SocketAddress local, int backlog) throws IOException {
        return listen(local, backlog, SocketOptions.DEFAULT);
    }

    /**
     * Opens a channel of packets.
     *
     * @param local where it receives; a port of 0 takes any free one
     * @param remote the only peer that it talks to; null for any
     * @param options how the channel is set up
     * @return the channel
     * @throws IOException if the address cannot be had, or the driver is closed
     * @throws IllegalArgumentException if the driver has no packets for addresses of this kind
     * @throws UnsupportedOperationException if the driver moves no packets
     */
    default PacketChannel openPackets(
            SocketAddress local, @Nullable SocketAddress remote, SocketOptions options)
            throws IOException {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " moves streams only: it has no packets");
    }

    /**
     * Whether the driver's internet addresses are those of the machine, so that 127.0.0.1 and ::1
     * are two, and a server that is to be reached at the loopback listens at both.
     *
     * @return false for a driver that looks at ports only, unless it overrides this
     */
    default boolean usesHostAddresses() {
        return false;
    }

    /** Closes all channels and acceptors and frees what the driver holds. Idempotent. */
    @Override
    void close();
}
