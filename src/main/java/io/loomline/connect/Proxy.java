package io.loomline.connect;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * Someone who connects for us: {@link ConnectOptions#withProxy}. Host names go to the proxy as they
 * are, and are resolved there. The zone of an IPv6 address, as in {@code fe80::1%eth0}, is this
 * machine's own and is left out. What is said to it is not encrypted, credentials neither.
 *
 * <p><i>Source:</i> SOCKS5 is RFC 1928, with the user and password of RFC 1929; CONNECT is RFC
 * 9110, section 9.3.6, with the Basic credentials of RFC 7617.
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
     * A SOCKS5 proxy.
     *
     * @param host its name or address
     * @param port its port
     * @return the proxy, without credentials
     * @throws IllegalArgumentException if the port is no port
     */
    public static Proxy socks5(String host, int port) {
        return socks5(InetSocketAddress.createUnresolved(host, port));
    }

    /**
     * A SOCKS5 proxy.
     *
     * @param address where it listens; also a Unix-domain socket
     * @return the proxy, without credentials
     */
    public static Proxy socks5(SocketAddress address) {
        return new Proxy(Kind.SOCKS5, address, null);
    }

    /**
     * An HTTP proxy, which is asked by CONNECT.
     *
     * @param host its name or address
     * @param port its port
     * @return the proxy, without credentials
     * @throws IllegalArgumentException if the port is no port
     */
    public static Proxy http(String host, int port) {
        return http(InetSocketAddress.createUnresolved(host, port));
    }

    /**
     * An HTTP proxy, which is asked by CONNECT.
     *
     * @param address where it listens; also a Unix-domain socket
     * @return the proxy, without credentials
     */
    public static Proxy http(SocketAddress address) {
        return new Proxy(Kind.HTTP, address, null);
    }

    /**
     * The same proxy with credentials. It gets them in plain text.
     *
     * @param user the user's name
     * @param password the password
     * @return the proxy
     * @throws IllegalArgumentException if the proxy's protocol cannot carry them: SOCKS5 takes a
     *     name of 1 to 255 bytes of UTF-8 and a password of at most 255, HTTP no control characters
     *     and no colon in the name
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
     * Where the proxy listens.
     *
     * @return its address; a name is not resolved
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
        return kind.label + ProxyTarget.nameOf(address);
    }
}
