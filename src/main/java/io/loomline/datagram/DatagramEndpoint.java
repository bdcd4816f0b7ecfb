package io.loomline.datagram;

import io.loomline.driver.PacketChannel;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.util.Objects;
import java.util.Optional;

/**
 * Receives and sends datagrams, for sequential code: {@code Runtime.datagram} opens one.
 *
 * <p><i>Cancellation:</i> every method that declares {@link InterruptedException} throws it when
 * the calling task, or a scope that it is in, is cancelled: on entry, and while blocked. A receive
 * that was cut has lost no packet, a send that was cut has sent none, and the endpoint stays
 * usable.
 *
 * <p><i>Threads:</i> one thread receives at a time, a second one gets {@link ReadPendingException}.
 * Everything else may be called from any number of threads.
 *
 * <p><i>Source:</i> RFC 768, udp(7).
 */
public final class DatagramEndpoint implements AutoCloseable {
    private final GuardedPacketChannel wire;
    private final @Nullable SocketAddress remote;

    private DatagramEndpoint(PacketChannel channel, DatagramOptions options, Clock clock) {
        this.wire = new GuardedPacketChannel(channel, options, clock);
        this.remote = options.remote();
    }

    /**
     * An endpoint over a packet channel of your own.
     *
     * @param channel an open channel; the endpoint closes it
     * @param options the timeout, the largest packet and the peer
     * @param clock measures the timeout
     * @return the endpoint
     */
    public static DatagramEndpoint over(
            PacketChannel channel, DatagramOptions options, Clock clock) {
        return new DatagramEndpoint(
                Objects.requireNonNull(channel, "channel"),
                Objects.requireNonNull(options, "options"),
                Objects.requireNonNull(clock, "clock"));
    }

    /**
     * Receives a packet. <i>Blocks</i> until there is one.
     *
     * @return the packet
     * @throws DatagramTooLongException if it is longer than the limit; it is lost
     * @throws SocketTimeoutException if none has come within the read timeout
     * @throws PortUnreachableException if there is one peer, and an earlier packet has not reached
     *     it
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the kernel refuses
     * @throws InterruptedException if the caller was cancelled; no packet is lost
     * @throws ReadPendingException if another thread is receiving
     */
    public Datagram receive() throws IOException, InterruptedException {
        return wire.receive();
    }

    /**
     * Receives a packet into a buffer. <i>Blocks</i> until there is one.
     *
     * @param target where to
     * @return who sent it
     * @throws DatagramTooLongException if it is longer than the limit or the room in the target,
     *     which then gets nothing; the packet is lost
     * @throws SocketTimeoutException if none has come within the read timeout
     * @throws PortUnreachableException if there is one peer, and an earlier packet has not reached
     *     it
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the kernel refuses
     * @throws InterruptedException if the caller was cancelled; no packet is lost
     * @throws ReadPendingException if another thread is receiving
     */
    public SocketAddress receive(ByteBuffer target) throws IOException, InterruptedException {
        return wire.receive(Objects.requireNonNull(target, "target"));
    }

    /**
     * Sends a packet to the one peer. <i>Blocks</i> until the kernel has taken it.
     *
     * @param packet the bytes
     * @throws IOException as {@link #send(ByteBuffer, SocketAddress)} does
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalStateException if the endpoint was not opened for one peer
     */
    public void send(byte[] packet) throws IOException, InterruptedException {
        send(ByteBuffer.wrap(packet));
    }

    /**
     * Sends a packet to the one peer. <i>Blocks</i> until the kernel has taken it.
     *
     * @param packet the bytes; consumed
     * @throws IOException as {@link #send(ByteBuffer, SocketAddress)} does
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalStateException if the endpoint was not opened for one peer
     */
    public void send(ByteBuffer packet) throws IOException, InterruptedException {
        if (remote == null) {
            throw new IllegalStateException(
                    this + " has no peer of its own: say whom to send to, or open it withRemote");
        }
        send(packet, remote);
    }

    /**
     * Sends a packet. <i>Blocks</i> until the kernel has taken it; whether it arrives, nobody says.
     *
     * @param packet the bytes
     * @param receiver whom to, resolved
     * @throws IOException as {@link #send(ByteBuffer, SocketAddress)} does
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalArgumentException if the receiver is a name, or not the one peer
     */
    public void send(byte[] packet, SocketAddress receiver)
            throws IOException, InterruptedException {
        send(ByteBuffer.wrap(packet), receiver);
    }

    /**
     * Sends a packet. <i>Blocks</i> until the kernel has taken it; whether it arrives, nobody says.
     *
     * @param packet the bytes; consumed
     * @param receiver whom to, resolved
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the packet is longer than packets can be, or the kernel refuses
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalArgumentException if the receiver is a name, or not the one peer
     */
    public void send(ByteBuffer packet, SocketAddress receiver)
            throws IOException, InterruptedException {
        wire.send(packet, receiver);
    }

    /**
     * Frees the descriptor. Calls that are blocked in other threads throw {@link
     * ConnectionClosedException}; packets that nobody has received are dropped. Further calls are
     * without effect.
     */
    @Override
    public void close() {
        wire.close();
    }

    /**
     * Whether the endpoint has not been closed.
     *
     * @return true until {@link #close} is called
     */
    public boolean isOpen() {
        return wire.isOpen();
    }

    /**
     * Where it receives, with the port that was chosen.
     *
     * @return the address, also after the endpoint was closed
     */
    public SocketAddress localAddress() {
        return wire.localAddress();
    }

    /**
     * The one peer.
     *
     * @return its address; empty if the endpoint talks to anybody
     */
    public Optional<SocketAddress> remoteAddress() {
        return Optional.ofNullable(remote);
    }

    /** Where it receives. */
    @Override
    public String toString() {
        return wire.toString();
    }
}
