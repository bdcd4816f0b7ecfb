package io.loomline.driver.unix;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Tells the two kinds of addresses apart that the kernel's sockets have. */
public final class AddressKind {
    private AddressKind() {}

    /**
     * Whether an address is the path of a Unix-domain socket.
     *
     * @param address the address
     * @return false for a resolved internet address
     * @throws IllegalArgumentException for every other
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
     * Refuses to connect from an address of one kind to one of the other.
     *
     * @param remote where to
     * @param local where from
     * @throws IllegalArgumentException if the kinds differ, or one is neither
     */
    public static void requireSame(SocketAddress remote, SocketAddress local) {
        if (isUnix(remote) != isUnix(local)) {
            throw new IllegalArgumentException(
                    "local address " + local + ": expected one of the same kind as " + remote);
        }
    }
}
