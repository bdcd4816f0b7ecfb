package io.loomline.connect;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * The destination that a proxy is asked to connect to.
 *
 * @param host a name or an IP address, without a zone
 * @param port the port
 */
record ProxyTarget(String host, int port) {
    static ProxyTarget of(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) return of(inet);
        throw new IllegalArgumentException(
                "target "
                        + address
                        + ": expected an internet address, as a proxy reaches no other");
    }

    private static ProxyTarget of(InetSocketAddress inet) {
        InetAddress resolved = inet.getAddress();
        String host = resolved == null ? inet.getHostString() : resolved.getHostAddress();
        return new ProxyTarget(withoutZone(host), inet.getPort());
    }

    // https://www.rfc-editor.org/rfc/rfc4007#section-11.2
    // "the format MUST be used only within a node and MUST NOT be sent on the wire unless every
    // node that interprets the format agrees on the semantics"
    private static String withoutZone(String host) {
        if (!host.contains(":")) return host;
        String address = host.replace("[", "").replace("]", "");
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }

    /** The bytes of the IP address; empty if the host is a name. */
    byte[] addressBytes() {
        try {
            return InetAddress.ofLiteral(host).getAddress();
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    @Override
    public String toString() {
        return AddressText.of(host, port);
    }
}
