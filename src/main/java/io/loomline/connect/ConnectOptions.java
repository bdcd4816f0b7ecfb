package io.loomline.connect;

import io.loomline.driver.SocketOptions;
import io.loomline.proxy.ProxyHeader;
import io.loomline.stream.Limits;
import io.loomline.tls.Tls;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * The options of a connect.
 *
 * @param timeout the longest time for all of it: lookup, attempts at all addresses, the proxy and
 *     the TLS handshake
 * @param limits the timeouts and the buffer size of the connection
 * @param socket the options of the socket
 * @param localAddress the address to connect from; null lets the kernel choose
 * @param resolver resolves host names
 * @param proxy the proxy to connect through; null for a direct connection
 * @param tls the TLS configuration; null for plaintext
 * @param proxyHeader the header of the PROXY protocol to begin with; null for none
 */
public record ConnectOptions(
        Duration timeout,
        Limits limits,
        SocketOptions socket,
        @Nullable SocketAddress localAddress,
        Resolver resolver,
        @Nullable Proxy proxy,
        @Nullable Tls tls,
        @Nullable ProxyHeader proxyHeader) {
    /**
     * A timeout of 10 s, {@link Limits#DEFAULT} without its idle timeout, any local address, the
     * system's resolver, no proxy and no TLS. A client that only listens is a normal client. Set an
     * idle timeout with {@link #withLimits} if yours is not.
     */
    public static final ConnectOptions DEFAULT =
            new ConnectOptions(
                    Duration.ofSeconds(10),
                    Limits.DEFAULT.withIdleTimeout(Limits.NO_LIMIT),
                    SocketOptions.DEFAULT,
                    null,
                    Resolver.SYSTEM,
                    null,
                    null,
                    null);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the timeout is zero or negative, or the TLS is a server's
     */
    public ConnectOptions {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + ": expected more than 0");
        }
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(resolver, "resolver");
        if (tls != null) tls.requireClient();
    }

    /**
     * A copy with another timeout.
     *
     * @param timeout the longest time for lookup, attempts at all addresses, the proxy and the TLS
     *     handshake
     * @return the copy
     */
    public ConnectOptions withTimeout(Duration timeout) {
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy with other limits.
     *
     * @param limits the timeouts and the buffer size of the connection
     * @return the copy
     */
    public ConnectOptions withLimits(Limits limits) {
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy with other socket options, such as {@code SocketOptions.DEFAULT.withKeepAlive(true)}.
     *
     * @param socket the options of the socket
     * @return the copy
     */
    public ConnectOptions withSocket(SocketOptions socket) {
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy that connects from a local address.
     *
     * @param localAddress the address to connect from, of the same kind as the remote address; port
     *     0 stands for any free port
     * @return the copy
     */
    public ConnectOptions withLocalAddress(SocketAddress localAddress) {
        Objects.requireNonNull(localAddress, "localAddress");
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy with another resolver.
     *
     * @param resolver resolves host names
     * @return the copy
     */
    public ConnectOptions withResolver(Resolver resolver) {
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy that connects through a proxy. The proxy then resolves host names, and the remote
     * address of the connection is the proxy's.
     *
     * @param proxy the proxy
     * @return the copy
     */
    public ConnectOptions withProxy(Proxy proxy) {
        Objects.requireNonNull(proxy, "proxy");
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy that speaks TLS. The connect then includes the handshake, and fails unless the
     * server's certificate is trusted and is for the host that is connected to. If the server
     * refuses the certificate of this client, a TLS 1.3 client learns of it from its first read or
     * write.
     *
     * <p>The name is the host passed to {@code Runtime.connect}. For a resolved {@link
     * java.net.InetSocketAddress}, it is {@code getHostString()}, which a reverse lookup may have
     * set: pass the host itself, or use {@link Tls#withServerName}.
     *
     * @param tls the configuration, such as {@code Tls.client()}
     * @return the copy
     * @throws IllegalArgumentException if it is a server configuration
     */
    public ConnectOptions withTls(Tls tls) {
        Objects.requireNonNull(tls, "tls");
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }

    /**
     * A copy whose connections begin with a header of the PROXY protocol, so that the server sees
     * the address of the client for which this side connects. It is sent before TLS; through a
     * {@linkplain #withProxy proxy}, the server behind it gets the header. Its bytes count as
     * written. A server that does not expect the header takes it for data.
     *
     * @param proxyHeader the header, such as {@code ProxyHeader.v2(client.remoteAddress(),
     *     client.localAddress())}
     * @return the copy
     */
    public ConnectOptions withProxyHeader(ProxyHeader proxyHeader) {
        Objects.requireNonNull(proxyHeader, "proxyHeader");
        return new ConnectOptions(
                timeout, limits, socket, localAddress, resolver, proxy, tls, proxyHeader);
    }
}
