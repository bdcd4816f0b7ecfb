package io.loomline.net.wire;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Checks addresses that a caller passes in order to listen there or to send there. */
public final class ResolvedAddress {
    private ResolvedAddress() {}

    /**
     * Requires an address that the kernel can use as it is: no host name that still has to be
     * looked up, and no empty path. A driver may have addresses of other kinds.
     *
     * @param name what the address is, for the message
     * @param address the address
     * @throws IllegalArgumentException if it is unresolved or an empty path
     */
    public static void require(String name, SocketAddress address) {
        boolean resolved =
                switch (address) {
                    case InetSocketAddress inet -> !inet.isUnresolved();
                    case UnixDomainSocketAddress unix -> !unix.getPath().toString().isEmpty();
                    default -> true;
                };
        if (resolved) return;
        throw new IllegalArgumentException(
                "%s '%s': expected a resolved address or a path".formatted(name, address));
    }
}
