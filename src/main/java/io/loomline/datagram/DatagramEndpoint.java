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
 * An endpoint that receives and sends datagrams, for sequential code. {@code Runtime.datagram}
 * opens one.
 *
 * <p><i>Cancellation:</i> if the calling task, or a scope that it is in, is cancelled, every method
 * that declares {@link InterruptedException} throws it, on entry and while blocked. A cancelled
 * receive loses no packet, a cancelled send sends none, and the endpoint stays usable.
 *
 * <p><i>Threads:</i> one thread receives at a time; a second one gets {@link ReadPendingException}.
 * Any number of threads may call the other methods.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc768">RFC 768</a>: "The protocol is
 * transaction oriented, and delivery and duplicate protection are not guaranteed." <a
 * href="https://man7.org/linux/man-pages/man7/udp.7.html">udp(7)</a>: "Packets may be reordered or
 * duplicated before they arrive."
 */
public final class DatagramEndpoint implements AutoCloseable {
    private final GuardedPacketChannel channel;
    private final @Nullable SocketAddress remote;

    private DatagramEndpoint(PacketChannel channel, DatagramOptions options, Clock clock) {
        this.channel = new GuardedPacketChannel(channel, options, clock);
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
     * Receives a packet. <i>Blocks</i> until one has arrived.
     *
     * @return the packet
     * @throws DatagramTooLongException if the packet exceeds the limit; it is lost
     * @throws SocketTimeoutException if no packet arrives within the read timeout
     * @throws PortUnreachableException if the endpoint has one peer, which an earlier packet did
     *     not reach
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the kernel reports an error
     * @throws InterruptedException if the caller was cancelled; no packet is lost
     * @throws ReadPendingException if another thread is receiving
     */
    public Datagram receive() throws IOException, InterruptedException {
        return channel.receive();
    }

    /**
     * Receives a packet into a buffer. <i>Blocks</i> until one has arrived.
     *
     * @param target the buffer to fill
     * @return the sender's address
     * @throws DatagramTooLongException if the packet exceeds the limit or the remaining space of
     *     the target, which then stays unchanged; the packet is lost
     * @throws SocketTimeoutException if no packet arrives within the read timeout
     * @throws PortUnreachableException if the endpoint has one peer, which an earlier packet did
     *     not reach
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the kernel reports an error
     * @throws InterruptedException if the caller was cancelled; no packet is lost
     * @throws ReadPendingException if another thread is receiving
     */
    public SocketAddress receive(ByteBuffer target) throws IOException, InterruptedException {
        return channel.receive(Objects.requireNonNull(target, "target"));
    }

    /**
     * Sends a packet to the only peer. <i>Blocks</i> until the kernel has taken it.
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
     * Sends a packet to the only peer. <i>Blocks</i> until the kernel has taken it.
     *
     * @param packet the bytes; consumed
     * @throws IOException as {@link #send(ByteBuffer, SocketAddress)} does
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalStateException if the endpoint was not opened for one peer
     */
    public void send(ByteBuffer packet) throws IOException, InterruptedException {
        if (remote == null) {
            throw new IllegalStateException(
                    this + " has no peer: pass a receiver, or open it with options withRemote");
        }
        send(packet, remote);
    }

    /**
     * Sends a packet. <i>Blocks</i> until the kernel has taken it. The packet may still get lost.
     *
     * @param packet the bytes
     * @param receiver the receiver, with a resolved address
     * @throws IOException as {@link #send(ByteBuffer, SocketAddress)} does
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalArgumentException if the receiver is unresolved or is not the only peer
     */
    public void send(byte[] packet, SocketAddress receiver)
            throws IOException, InterruptedException {
        send(ByteBuffer.wrap(packet), receiver);
    }

    /**
     * Sends a packet. <i>Blocks</i> until the kernel has taken it. The packet may still get lost.
     *
     * @param packet the bytes; consumed
     * @param receiver the receiver, with a resolved address
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the packet exceeds the largest size of packets, or the kernel reports
     *     an error
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalArgumentException if the receiver is unresolved or is not the only peer
     */
    public void send(ByteBuffer packet, SocketAddress receiver)
            throws IOException, InterruptedException {
        channel.send(packet, receiver);
    }

    /**
     * Frees the descriptor. Calls that are blocked in other threads throw {@link
     * ConnectionClosedException}. Unreceived packets are dropped. Further calls have no effect.
     */
    @Override
    public void close() {
        channel.close();
    }

    /**
     * Whether the endpoint is open.
     *
     * @return true until {@link #close} is called
     */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /**
     * The address at which the endpoint receives, with the actual port.
     *
     * @return the address; available after a close too
     */
    public SocketAddress localAddress() {
        return channel.localAddress();
    }

    /**
     * The only peer.
     *
     * @return its address; empty if any peer may send to the endpoint
     */
    public Optional<SocketAddress> remoteAddress() {
        return Optional.ofNullable(remote);
    }

    /** The address at which the endpoint receives. */
    @Override
    public String toString() {
        return channel.toString();
    }
}
