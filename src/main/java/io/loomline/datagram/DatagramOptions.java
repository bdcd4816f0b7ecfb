package io.loomline.datagram;

import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;
import io.loomline.stream.Limits;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Objects;

/**
 * Options of a datagram endpoint.
 *
 * @param remote the only peer; null for any peer
 * @param maxPacketBytes the largest number of bytes in a received packet
 * @param readTimeout the longest time a receive waits for a packet; {@link Limits#NO_LIMIT} for no
 *     timeout
 * @param socket options of the socket, of which only the buffer sizes and the reuse of the address
 *     apply
 * @param broadcast whether packets may be sent to a broadcast address
 * @param multicast how packets are sent to multicast groups
 */
public record DatagramOptions(
        @Nullable SocketAddress remote,
        int maxPacketBytes,
        Duration readTimeout,
        SocketOptions socket,
        boolean broadcast,
        MulticastOptions multicast) {
    /**
     * The length field of the header has 16 bits.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc768">RFC 768</a>: "Length is the
     * length in octets of this user datagram including this header and the data."
     */
    private static final int LONGEST_PACKET_BYTES = 65_535;

    /** Any peer, packets of any size, no timeout and no broadcast. */
    public static final DatagramOptions DEFAULT =
            new DatagramOptions(
                    null,
                    LONGEST_PACKET_BYTES,
                    Limits.NO_LIMIT,
                    SocketOptions.DEFAULT,
                    false,
                    MulticastOptions.DEFAULT);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if {@code maxPacketBytes} is not 1 to 65,535, or the timeout
     *     is zero or negative
     */
    public DatagramOptions {
        if (maxPacketBytes < 1 || maxPacketBytes > LONGEST_PACKET_BYTES) {
            throw new IllegalArgumentException(
                    "maxPacketBytes " + maxPacketBytes + ": expected 1 to " + LONGEST_PACKET_BYTES);
        }
        if (!readTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "readTimeout "
                            + readTimeout
                            + ": expected more than 0, or Limits.NO_LIMIT for none");
        }
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(multicast, "multicast");
    }

    /**
     * A copy with one peer. The kernel drops packets of other senders. If it learns that a packet
     * did not arrive, the next call throws.
     *
     * @param remote the peer, with a resolved address
     * @return the copy
     */
    public DatagramOptions withRemote(SocketAddress remote) {
        Objects.requireNonNull(remote, "remote");
        return new DatagramOptions(
                remote, maxPacketBytes, readTimeout, socket, broadcast, multicast);
    }

    /**
     * A copy with another limit of the packet size.
     *
     * @param maxPacketBytes the largest number of bytes in a received packet; the endpoint
     *     allocates a buffer of this size
     * @return the copy
     */
    public DatagramOptions withMaxPacketBytes(int maxPacketBytes) {
        return new DatagramOptions(
                remote, maxPacketBytes, readTimeout, socket, broadcast, multicast);
    }

    /**
     * A copy with another read timeout.
     *
     * @param readTimeout the longest time a receive waits for a packet; {@link Limits#NO_LIMIT} for
     *     no timeout
     * @return the copy
     */
    public DatagramOptions withReadTimeout(Duration readTimeout) {
        return new DatagramOptions(
                remote, maxPacketBytes, readTimeout, socket, broadcast, multicast);
    }

    /**
     * A copy with other options of the socket.
     *
     * @param socket options of the socket, of which only the buffer sizes and the reuse of the
     *     address apply
     * @return the copy
     */
    public DatagramOptions withSocket(SocketOptions socket) {
        return new DatagramOptions(
                remote, maxPacketBytes, readTimeout, socket, broadcast, multicast);
    }

    /**
     * A copy that shares its port, or does not. Several endpoints of a machine, of other processes
     * too, that listen to one multicast group at one port need it. Each gets every packet to the
     * group, and one of them gets a packet to the machine itself.
     *
     * @param reuseAddress whether others may be bound to the same port
     * @return the copy
     */
    public DatagramOptions withReuseAddress(boolean reuseAddress) {
        return withSocket(socket.withReuseAddress(reuseAddress));
    }

    /**
     * A copy that may send to a broadcast address or may not.
     *
     * <p><i>Source:</i> <a
     * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>: "When enabled,
     * datagram sockets are allowed to send packets to a broadcast address."
     *
     * @param broadcast whether packets may be sent to a broadcast address, such as 255.255.255.255
     * @return the copy
     */
    public DatagramOptions withBroadcast(boolean broadcast) {
        return new DatagramOptions(
                remote, maxPacketBytes, readTimeout, socket, broadcast, multicast);
    }

    /**
     * A copy that sends to multicast groups in another way.
     *
     * @param multicast the interface, the time to live and the loopback
     * @return the copy
     */
    public DatagramOptions withMulticast(MulticastOptions multicast) {
        return new DatagramOptions(
                remote, maxPacketBytes, readTimeout, socket, broadcast, multicast);
    }

    /** Sets the options of a new channel that differ from the kernel's default. */
    void setOn(PacketChannel channel) throws IOException {
        if (broadcast) channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
        NetworkInterface through = multicast.through();
        if (through != null) channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, through);
        if (multicast.timeToLive() != MulticastOptions.DEFAULT.timeToLive()) {
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, multicast.timeToLive());
        }
        if (!multicast.loopback()) {
            channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
        }
    }
}
