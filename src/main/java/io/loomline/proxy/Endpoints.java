package io.loomline.proxy;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The two ends of the client's connection: two internet addresses, or two Unix-domain addresses.
 *
 * @param source the client
 * @param destination the address that it has connected to
 */
record Endpoints(SocketAddress source, SocketAddress destination) {
    /** The size of {@code sun_path}. */
    static final int PATH_BYTES = 108;

    Endpoints {
        check("source", source);
        check("destination", destination);
        if (source instanceof InetSocketAddress != destination instanceof InetSocketAddress) {
            throw new IllegalArgumentException(
                    "source %s and destination %s: expected two addresses of one kind"
                            .formatted(source, destination));
        }
    }

    /** As the constructor; the client of a Unix-domain socket may have an address of any type. */
    static Endpoints of(SocketAddress source, SocketAddress destination) {
        Objects.requireNonNull(source, "source");
        boolean isUnnamed =
                destination instanceof UnixDomainSocketAddress
                        && !(source instanceof InetSocketAddress)
                        && !(source instanceof UnixDomainSocketAddress);
        return new Endpoints(isUnnamed ? UnixDomainSocketAddress.of("") : source, destination);
    }

    private static void check(String name, SocketAddress address) {
        Objects.requireNonNull(address, name);
        boolean isUsable =
                switch (address) {
                    case InetSocketAddress inet -> !inet.isUnresolved();
                    case UnixDomainSocketAddress unix -> pathOf(unix).length <= PATH_BYTES;
                    default -> false;
                };
        if (isUsable) return;
        throw new IllegalArgumentException(
                "%s %s: expected a resolved internet address, or a Unix-domain path of at most %d bytes"
                        .formatted(name, address, PATH_BYTES));
    }

    static byte[] pathOf(UnixDomainSocketAddress unix) {
        return unix.getPath().toString().getBytes(StandardCharsets.UTF_8);
    }

    boolean isInternet() {
        return source instanceof InetSocketAddress;
    }

    /** Whether both are IPv4 addresses. Otherwise an IPv4 address is mapped into IPv6. */
    boolean isIpv4() {
        return isIpv4(source) && isIpv4(destination);
    }

    private static boolean isIpv4(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                && inet.getAddress() instanceof Inet4Address;
    }

    /** The bytes of one of the two, of the same length for both. */
    byte[] ipOf(SocketAddress internet) {
        byte[] address = ((InetSocketAddress) internet).getAddress().getAddress();
        return isIpv4() ? address : IpLiterals.mapped(address);
    }
}
