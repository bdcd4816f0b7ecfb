package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;

/**
 * A channel of packets, each of which arrives whole or not at all.
 *
 * <p><i>Threads:</i> at most one thread receives (and waits to receive) at a time, and one sends;
 * {@link #close} may be called from any thread at any time. When the channel is closed, waiting
 * threads return, and their next try throws {@link java.nio.channels.ClosedChannelException}.
 */
public interface PacketChannel extends Closeable {
    /**
     * Receives the next packet. Never blocks. Bytes that do not fit into the target are lost. A
     * caller that must detect this passes a target with space for one byte more than it allows.
     *
     * @param target receives the packet
     * @return the sender; null if there is no packet now
     * @throws IOException if the channel is closed; or if an earlier packet did not reach its
     *     receiver, in which case the channel stays usable
     */
    @Nullable SocketAddress tryReceive(ByteBuffer target) throws IOException;

    /**
     * Sends what remains in the source as one packet. Never blocks.
     *
     * @param source the packet; consumed if it was taken
     * @param receiver the receiver; if the channel has only one peer, that peer
     * @return false if the packet cannot be taken now
     * @throws IOException if the channel is closed; or if the packet exceeds the maximum size, or
     *     an earlier packet did not reach its receiver, in which cases the channel stays usable
     */
    boolean trySend(ByteBuffer source, SocketAddress receiver) throws IOException;

    /**
     * Waits until {@link #tryReceive} would return a packet or throw. <i>Blocks.</i> May return
     * early for no reason.
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait; the channel stays usable.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitReadable() throws InterruptedException;

    /**
     * Waits until {@link #trySend} would take a packet or throw. <i>Blocks.</i> May return early
     * for no reason.
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait; the channel stays usable.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitWritable() throws InterruptedException;

    /**
     * Sets an option of the socket, such as {@link java.net.StandardSocketOptions#SO_BROADCAST}.
     * Never blocks.
     *
     * @param <T> the type of the value
     * @param option the option
     * @param value its new value
     * @throws IOException if the channel is closed, or the kernel refuses the value
     * @throws UnsupportedOperationException if the channel does not have the option: the default
     */
    default <T> void setOption(SocketOption<T> option, T value) throws IOException {
        throw new UnsupportedOperationException(this + " has no option " + option.name());
    }

    /**
     * Receives the packets to a multicast group as well. Without effect if the channel is a member
     * already. Never blocks.
     *
     * @param group the group's address
     * @param through the interface at which the packets arrive
     * @throws IOException if the channel is closed, or the kernel refuses to join
     * @throws UnsupportedOperationException if the channel has no multicast: the default
     */
    default void join(InetAddress group, NetworkInterface through) throws IOException {
        throw new UnsupportedOperationException(this + " has no multicast");
    }

    /**
     * Reverts {@link #join}. Without effect if the channel is no member. Never blocks.
     *
     * @param group the group's address
     * @param through the interface at which the packets arrive
     * @throws IOException if the channel is closed
     * @throws UnsupportedOperationException if the channel has no multicast: the default
     */
    default void leave(InetAddress group, NetworkInterface through) throws IOException {
        throw new UnsupportedOperationException(this + " has no multicast");
    }

    /** Frees the channel and drops packets that were not received. Idempotent, never blocks. */
    @Override
    void close();

    /**
     * The address that this channel receives at, with the port that was chosen.
     *
     * @return the address, also after the channel was closed
     */
    SocketAddress localAddress();
}
