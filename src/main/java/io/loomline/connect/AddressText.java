package io.loomline.connect;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Socket addresses as messages show them. */
final class AddressText {
    private AddressText() {}

    /** The address that the caller gave: by its host name, if it has one. */
    static String of(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) return address.toString();
        return of(inet.getHostString(), inet.getPort());
    }

    /** The address that was tried: by its IP address, if it is resolved. */
    static String numeric(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet) || inet.isUnresolved()) {
            return of(address);
        }
        return of(inet.getAddress().getHostAddress(), inet.getPort());
    }

    // https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2
    // "is distinguished by enclosing the IP literal within square brackets"
    static String of(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Whether a message that names the target need not name the address as well. */
    static boolean isSame(SocketAddress target, SocketAddress address) {
        return of(target).equals(numeric(address)) || isLiteral(target);
    }

    private static boolean isLiteral(SocketAddress target) {
        if (!(target instanceof InetSocketAddress inet)) return false;
        try {
            InetAddress.ofLiteral(inet.getHostString());
            return true;
        } catch (IllegalArgumentException e) { // a name
            return false;
        }
    }
}
