package io.loomline.datagram;

import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.log.ErrorText;
import io.loomline.net.wire.ResolvedAddress;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
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
 * <p>An endpoint at the wildcard address does not know to which address of the machine a packet was
 * sent (IP_PKTINFO is not supported), and its answers come from the address that the system
 * chooses. On a machine with several addresses, a peer that checks where an answer comes from may
 * drop it. Open one endpoint for each address then, from {@link
 * NetworkInterface#networkInterfaces}.
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
     * An endpoint over a packet channel of your own, whose socket options are not changed.
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
     * An endpoint at an address. {@code Runtime.datagram} calls this.
     *
     * @param driver opens the socket
     * @param local where the endpoint receives; a port of 0 takes any free one
     * @param options the options of the endpoint
     * @param clock measures the timeout
     * @return the endpoint
     * @throws IOException if the address cannot be bound, or the kernel refuses an option; the
     *     message names the address
     * @throws IllegalArgumentException if an address is unresolved or is not an IP address
     * @throws UnsupportedOperationException if the driver has no datagrams
     */
    public static DatagramEndpoint open(
            Driver driver, SocketAddress local, DatagramOptions options, Clock clock)
            throws IOException {
        SocketAddress remote = options.remote();
        ResolvedAddress.require("address", local);
        if (remote != null) ResolvedAddress.require("remote", remote);
        try {
            PacketChannel channel = driver.openPackets(local, remote, options.socket());
            boolean complete = false;
            try {
                options.setOn(channel);
                complete = true;
                return over(channel, options, clock);
            } finally {
                if (!complete) channel.close();
            }
        } catch (IOException e) {
            var failure =
                    new BindException(
                            "cannot receive datagrams at " + local + ": " + ErrorText.of(e));
            failure.initCause(e);
            throw failure;
        }
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
     * @throws PortUnreachableException if the endpoint has one peer, which an earlier packet did
     *     not reach; this packet was not sent, and the next call does not throw for that reason
     * @throws IOException if the packet exceeds the largest size of packets, the receiver is a
     *     broadcast address without {@link DatagramOptions#withBroadcast}, or the kernel reports an
     *     error
     * @throws InterruptedException if the caller was cancelled; nothing was sent
     * @throws IllegalArgumentException if the receiver is unresolved or is not the only peer
     */
    public void send(ByteBuffer packet, SocketAddress receiver)
            throws IOException, InterruptedException {
        channel.send(packet, receiver);
    }

    /**
     * Receives the packets to a multicast group as well, if they are sent to this endpoint's port.
     * The endpoint should be bound to the wildcard address: one that is bound to an address of the
     * machine gets no packets to a group. Does not wait. Without effect for a member.
     *
     * <pre>{@code
     * var endpoint = runtime.datagram(
     *         new InetSocketAddress(5353), DatagramOptions.DEFAULT.withReuseAddress(true));
     * endpoint.join(InetAddress.ofLiteral("224.0.0.251"), NetworkInterface.getByName("eth0"));
     * }</pre>
     *
     * @param group the address of the group, IPv4 or IPv6
     * @param through the interface at which the packets arrive
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the kernel refuses to join
     * @throws IllegalArgumentException if the address is not one of a group, or not of the
     *     endpoint's family
     * @throws UnsupportedOperationException if the driver has no multicast
     */
    public void join(InetAddress group, NetworkInterface through) throws IOException {
        channel.join(group, Objects.requireNonNull(through, "through"));
    }

    /**
     * Reverts {@link #join}. A close leaves every group. Does not wait. Without effect for no
     * member.
     *
     * @param group the address of the group
     * @param through the interface, as it was joined
     * @throws ConnectionClosedException if the endpoint was closed
     * @throws IOException if the kernel reports an error
     * @throws IllegalArgumentException if the address is not one of a group
     * @throws UnsupportedOperationException if the driver has no multicast
     */
    public void leave(InetAddress group, NetworkInterface through) throws IOException {
        channel.leave(group, Objects.requireNonNull(through, "through"));
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
