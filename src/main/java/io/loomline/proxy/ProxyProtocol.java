package io.loomline.proxy;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Which proxies must begin their connections with a header of the PROXY protocol, and its bounds.
 * Both versions are accepted. The header has the address of the client behind the proxy.
 *
 * <p>Every connection needs a header, and only a trusted proxy may send one, because whoever sends
 * it chooses the address that the server sees. The server refuses any other peer.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "The
 * receiver MUST be configured to only receive the protocol described in this specification and MUST
 * not try to guess whether the protocol header is present or not." "The receiver SHOULD ensure
 * proper access filtering so that only trusted proxies are allowed to use this protocol."
 *
 * @param trusted the addresses of the proxies
 * @param timeout the longest time from the accept to the end of the header. Bytes that arrive do
 *     not extend it.
 * @param maxBytes the largest size of a header of version 2, without its first 16 bytes. A header
 *     of version 1 has at most 107 bytes.
 */
public record ProxyProtocol(List<AddressRange> trusted, Duration timeout, int maxBytes) {
    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "The receiver may apply a short timeout and decide to abort the connection if the protocol
    // header is not seen within a few seconds (at least 3 seconds to cover a TCP retransmit)."
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    private static final int DEFAULT_MAX_BYTES = 4096;

    /** Two Unix-domain addresses, the longest that there are. */
    private static final int LEAST_MAX_BYTES = 216;

    /** The length of a header has 16 bits. */
    private static final int MOST_MAX_BYTES = 0xffff;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if no address is trusted, the timeout is not positive, or
     *     {@code maxBytes} is not between 216 and 65535
     */
    public ProxyProtocol {
        trusted = List.copyOf(trusted);
        if (trusted.isEmpty()) {
            throw new IllegalArgumentException("no trusted address: expected at least one");
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + ": expected more than 0");
        }
        if (maxBytes < LEAST_MAX_BYTES || maxBytes > MOST_MAX_BYTES) {
            throw new IllegalArgumentException(
                    "maxBytes %d: expected %d to %d"
                            .formatted(maxBytes, LEAST_MAX_BYTES, MOST_MAX_BYTES));
        }
    }

    /**
     * Accepts headers from these addresses only, within 5 s and 4096 bytes.
     *
     * @param trusted addresses, ranges such as {@code 10.0.0.0/8}, or {@code unix} for Unix-domain
     *     sockets
     * @return the options
     * @throws IllegalArgumentException if there is none, or one is not {@linkplain
     *     AddressRange#parse valid}
     */
    public static ProxyProtocol from(String... trusted) {
        List<AddressRange> ranges = Arrays.stream(trusted).map(AddressRange::parse).toList();
        return new ProxyProtocol(ranges, DEFAULT_TIMEOUT, DEFAULT_MAX_BYTES);
    }

    /**
     * A copy with another timeout.
     *
     * @param timeout the longest time from the accept to the end of the header
     * @return the copy
     * @throws IllegalArgumentException if it is not positive
     */
    public ProxyProtocol withTimeout(Duration timeout) {
        return new ProxyProtocol(trusted, timeout, maxBytes);
    }

    /**
     * A copy with another bound for headers of version 2.
     *
     * @param maxBytes the largest size, without the first 16 bytes
     * @return the copy
     * @throws IllegalArgumentException if it is not between 216 and 65535
     */
    public ProxyProtocol withMaxBytes(int maxBytes) {
        return new ProxyProtocol(trusted, timeout, maxBytes);
    }

    /**
     * Whether a peer may send a header.
     *
     * @param peer the address that it connects from
     * @return true if one of the ranges contains it
     */
    public boolean trusts(SocketAddress peer) {
        return trusted.stream().anyMatch(range -> range.contains(peer));
    }
}
