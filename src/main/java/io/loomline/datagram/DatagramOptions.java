package io.loomline.datagram;

import io.loomline.driver.SocketOptions;
import io.loomline.stream.Limits;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * Options of a datagram endpoint.
 *
 * @param remote the only peer; null for any peer
 * @param maxPacketBytes the largest number of bytes in a received packet
 * @param readTimeout the longest time a receive waits for a packet; {@link Limits#NO_LIMIT} for no
 *     timeout
 * @param socket options of the socket, of which only the buffer sizes apply
 */
public record DatagramOptions(
        @Nullable SocketAddress remote,
        int maxPacketBytes,
        Duration readTimeout,
        SocketOptions socket) {
    /**
     * The length field of the header has 16 bits.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc768">RFC 768</a>: "Length is the
     * length in octets of this user datagram including this header and the data."
     */
    private static final int LONGEST_PACKET_BYTES = 65_535;

    /** Any peer, packets of any size and no timeout. */
    public static final DatagramOptions DEFAULT =
            new DatagramOptions(null, LONGEST_PACKET_BYTES, Limits.NO_LIMIT, SocketOptions.DEFAULT);

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
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }

    /**
     * A copy with another limit of the packet size.
     *
     * @param maxPacketBytes the largest number of bytes in a received packet; the endpoint
     *     allocates a buffer of this size
     * @return the copy
     */
    public DatagramOptions withMaxPacketBytes(int maxPacketBytes) {
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }

    /**
     * A copy with another read timeout.
     *
     * @param readTimeout the longest time a receive waits for a packet; {@link Limits#NO_LIMIT} for
     *     no timeout
     * @return the copy
     */
    public DatagramOptions withReadTimeout(Duration readTimeout) {
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }

    /**
     * A copy with other options of the socket.
     *
     * @param socket options of the socket, of which only the buffer sizes apply
     * @return the copy
     */
    public DatagramOptions withSocket(SocketOptions socket) {
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }
}
