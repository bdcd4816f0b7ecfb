package io.loomline.observe;

import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The network of a peer: a /16 for IPv4, a /32 for IPv6. */
final class PeerNetwork {
    private static final int IPV4_BYTES = 2;
    private static final int IPV6_BYTES = 4;

    private PeerNetwork() {}

    /** Such as {@code 10.2.0.0/16}; null for addresses without a network. */
    static @Nullable String of(SocketAddress peer) {
        if (!(peer instanceof InetSocketAddress inet)) return null;
        return switch (inet.getAddress()) {
            case null -> null;
            case Inet4Address address -> prefix(address, IPV4_BYTES);
            case Inet6Address address -> prefix(address, IPV6_BYTES);
            default -> null;
        };
    }

    private static String prefix(InetAddress address, int bytes) {
        byte[] all = address.getAddress();
        Arrays.fill(all, bytes, all.length, (byte) 0);
        try {
            return InetAddress.getByAddress(all).getHostAddress() + "/" + bytes * Byte.SIZE;
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of the same length", e);
        }
    }
}
