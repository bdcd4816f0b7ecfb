package io.loomline.driver.unix;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Distinguishes the two kinds of addresses that kernel sockets have: internet and Unix-domain. */
public final class AddressKind {
    private AddressKind() {}

    /**
     * Whether an address is the path of a Unix-domain socket.
     *
     * @param address the address
     * @return false for a resolved internet address
     * @throws IllegalArgumentException for any other address
     */
    public static boolean isUnix(SocketAddress address) {
        return switch (address) {
            case UnixDomainSocketAddress _ -> true;
            case InetSocketAddress inet when !inet.isUnresolved() -> false;
            default ->
                    throw new IllegalArgumentException(
                            "address "
                                    + address
                                    + ": expected a resolved internet address or a Unix path");
        };
    }

    /**
     * Checks that two addresses are of the same kind, as a connection requires.
     *
     * @param remote the address to connect to
     * @param local the address to connect from
     * @throws IllegalArgumentException if the kinds differ, or an address is of neither kind
     */
    public static void requireSame(SocketAddress remote, SocketAddress local) {
        if (isUnix(remote) != isUnix(local)) {
            throw new IllegalArgumentException(
                    "local address " + local + ": expected one of the same kind as " + remote);
        }
    }
}
