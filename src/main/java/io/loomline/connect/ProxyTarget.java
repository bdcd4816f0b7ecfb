package io.loomline.connect;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Whom a proxy is to connect to.
 *
 * @param host a name, or an address as text; without a zone, which means something to this machine
 *     only: RFC 4007, section 11.2
 * @param port the port
 */
record ProxyTarget(String host, int port) {
    static ProxyTarget of(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) return of(inet);
        throw new IllegalArgumentException(
                "target " + address + ": a proxy reaches internet addresses only");
    }

    private static ProxyTarget of(InetSocketAddress inet) {
        InetAddress resolved = inet.getAddress();
        String host = resolved == null ? inet.getHostString() : resolved.getHostAddress();
        return new ProxyTarget(withoutZone(host), inet.getPort());
    }

    /** An address may have brackets around it, as in a URI. */
    private static String withoutZone(String host) {
        if (!host.contains(":")) return host;
        String address = host.replace("[", "").replace("]", "");
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }

    /** How messages call an address: by the name that was asked for. */
    static String nameOf(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) return address.toString();
        return new ProxyTarget(inet.getHostString(), inet.getPort()).toString();
    }

    /** The address, if the host is one and no name. */
    byte[] addressBytes() {
        try {
            return InetAddress.ofLiteral(host).getAddress();
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /** As in a URI: RFC 3986, section 3.2.2. */
    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
