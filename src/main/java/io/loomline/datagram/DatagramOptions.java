package io.loomline.datagram;

import io.loomline.driver.SocketOptions;
import io.loomline.stream.Limits;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * How datagrams are received and sent.
 *
 * @param remote the only peer that is talked to; null for any
 * @param maxPacketBytes how long a packet may be that is received
 * @param readTimeout how long a receive waits for a packet; {@link Limits#NO_LIMIT} for ever
 * @param socket how the kernel treats the socket; only its sizes apply
 */
public record DatagramOptions(
        @Nullable SocketAddress remote,
        int maxPacketBytes,
        Duration readTimeout,
        SocketOptions socket) {
    /** The length field of a header has 16 bits: RFC 768. */
    private static final int LONGEST_PACKET_BYTES = 65_535;

    /** Any peer, packets of any length, and no end of the waiting. */
    public static final DatagramOptions DEFAULT =
            new DatagramOptions(null, LONGEST_PACKET_BYTES, Limits.NO_LIMIT, SocketOptions.DEFAULT);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the length is not 1 to 65,535, or the timeout not more
     *     than 0
     */
    public DatagramOptions {
        if (maxPacketBytes < 1 || maxPacketBytes > LONGEST_PACKET_BYTES) {
            throw new IllegalArgumentException(
                    "maxPacketBytes " + maxPacketBytes + ": expected 1 to " + LONGEST_PACKET_BYTES);
        }
        if (!readTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "readTimeout " + readTimeout + ": expected more than 0");
        }
        Objects.requireNonNull(socket, "socket");
    }

    /**
     * A copy that talks to one peer: packets of others are dropped by the kernel, and what it says
     * of packets that did not arrive is an error of the next call.
     *
     * @param remote the peer, resolved
     * @return the copy
     */
    public DatagramOptions withRemote(SocketAddress remote) {
        Objects.requireNonNull(remote, "remote");
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }

    /**
     * A copy with another limit of length.
     *
     * @param maxPacketBytes how long a packet may be that is received; so much memory is held
     * @return the copy
     */
    public DatagramOptions withMaxPacketBytes(int maxPacketBytes) {
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }

    /**
     * A copy with another read timeout.
     *
     * @param readTimeout how long a receive waits for a packet; {@link Limits#NO_LIMIT} for ever
     * @return the copy
     */
    public DatagramOptions withReadTimeout(Duration readTimeout) {
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }

    /**
     * A copy with other options of the socket.
     *
     * @param socket how the kernel treats the socket; only its sizes apply
     * @return the copy
     */
    public DatagramOptions withSocket(SocketOptions socket) {
        return new DatagramOptions(remote, maxPacketBytes, readTimeout, socket);
    }
}
