package io.loomline.connect;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * A proxy that connects on our behalf: {@link ConnectOptions#withProxy}. The proxy resolves host
 * names. The zone of an IPv6 address, as in {@code fe80::1%eth0}, has a meaning on this machine
 * only and is not sent. The connection to the proxy is not encrypted, so credentials travel in
 * plain text.
 */
public final class Proxy {
    private enum Kind {
        SOCKS5("SOCKS5 proxy "),
        HTTP("HTTP proxy ");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    private final Kind kind;
    private final SocketAddress address;
    private final @Nullable Credentials credentials;

    private Proxy(Kind kind, SocketAddress address, @Nullable Credentials credentials) {
        this.kind = kind;
        this.address = Objects.requireNonNull(address, "address");
        this.credentials = credentials;
    }

    /**
     * A SOCKS5 proxy, without credentials.
     *
     * @param host its name or IP address
     * @param port its port
     * @return the proxy
     * @throws IllegalArgumentException if the host is blank or has a scheme, user, path or port, or
     *     the port is not between 0 and 65535
     */
    public static Proxy socks5(String host, int port) {
        return socks5(InetSocketAddress.createUnresolved(HostName.require(host), port));
    }

    /**
     * A SOCKS5 proxy, without credentials.
     *
     * @param address the address that it listens at, which may be a Unix-domain socket
     * @return the proxy
     */
    public static Proxy socks5(SocketAddress address) {
        return new Proxy(Kind.SOCKS5, address, null);
    }

    /**
     * An HTTP proxy that supports the CONNECT method, without credentials.
     *
     * @param host its name or IP address
     * @param port its port
     * @return the proxy
     * @throws IllegalArgumentException if the host is blank or has a scheme, user, path or port, or
     *     the port is not between 0 and 65535
     */
    public static Proxy http(String host, int port) {
        return http(InetSocketAddress.createUnresolved(HostName.require(host), port));
    }

    /**
     * An HTTP proxy that supports the CONNECT method, without credentials.
     *
     * @param address the address that it listens at, which may be a Unix-domain socket
     * @return the proxy
     */
    public static Proxy http(SocketAddress address) {
        return new Proxy(Kind.HTTP, address, null);
    }

    /**
     * A copy with credentials, which are sent to the proxy in plain text.
     *
     * @param user the user name
     * @param password the password
     * @return the copy
     * @throws IllegalArgumentException if the proxy's protocol cannot carry the credentials. SOCKS5
     *     allows a user name of 1 to 255 bytes of UTF-8 and a password of at most 255. HTTP allows
     *     no control characters, and no colon in the user name.
     */
    public Proxy withCredentials(String user, String password) {
        var credentials = new Credentials(user, password);
        switch (kind) {
            case SOCKS5 -> Socks5Handshake.check(credentials);
            case HTTP -> HttpHandshake.check(credentials);
        }
        return new Proxy(kind, address, credentials);
    }

    /**
     * The address that the proxy listens at.
     *
     * @return the address; a host name in it is not resolved
     */
    public SocketAddress address() {
        return address;
    }

    Handshake handshakeTo(ProxyTarget target) {
        return switch (kind) {
            case SOCKS5 -> new Socks5Handshake(target, credentials);
            case HTTP -> new HttpHandshake(target, credentials);
        };
    }

    /** The kind and the address. */
    @Override
    public String toString() {
        return kind.label + AddressText.of(address);
    }
}
