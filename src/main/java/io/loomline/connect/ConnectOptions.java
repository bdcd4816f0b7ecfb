package io.loomline.connect;

import io.loomline.driver.SocketOptions;
import io.loomline.stream.Limits;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * How a connection is made.
 *
 * @param timeout how long it may take, with resolving the name, all addresses and the proxy
 * @param limits how long calls of the connection may wait, and how much it may hold
 * @param socket how the kernel treats the socket
 * @param localAddress where the connection comes from; null leaves it to the kernel
 * @param resolver who knows the addresses of a name
 * @param proxy who connects for us; null for nobody
 */
public record ConnectOptions(
        Duration timeout,
        Limits limits,
        SocketOptions socket,
        @Nullable SocketAddress localAddress,
        Resolver resolver,
        @Nullable Proxy proxy) {
    /**
     * A timeout of 10 s, {@link Limits#DEFAULT} but without an idle limit, from any address, with
     * the machine's resolver and without a proxy. A client may wait for its server for as long as
     * it likes; set an idle limit by {@link #withLimits} where it must not.
     */
    public static final ConnectOptions DEFAULT =
            new ConnectOptions(
                    Duration.ofSeconds(10),
                    Limits.DEFAULT.withIdleTimeout(Limits.NO_LIMIT),
                    SocketOptions.DEFAULT,
                    null,
                    Resolver.SYSTEM,
                    null);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the timeout is zero or negative
     */
    public ConnectOptions {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + ": expected more than 0");
        }
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(resolver, "resolver");
    }

    /**
     * A copy with another timeout.
     *
     * @param timeout how long connecting may take, with the name, all addresses and the proxy
     * @return the copy
     */
    public ConnectOptions withTimeout(Duration timeout) {
        return new ConnectOptions(timeout, limits, socket, localAddress, resolver, proxy);
    }

    /**
     * A copy with other limits.
     *
     * @param limits how long calls of the connection may wait, and how much it may hold
     * @return the copy
     */
    public ConnectOptions withLimits(Limits limits) {
        return new ConnectOptions(timeout, limits, socket, localAddress, resolver, proxy);
    }

    /**
     * A copy with other options of the socket, such as {@code
     * SocketOptions.DEFAULT.withKeepAlive(true)}.
     *
     * @param socket how the kernel treats the socket
     * @return the copy
     */
    public ConnectOptions withSocket(SocketOptions socket) {
        return new ConnectOptions(timeout, limits, socket, localAddress, resolver, proxy);
    }

    /**
     * A copy that connects from an address.
     *
     * @param localAddress where the connection comes from, of the same kind as what it goes to; a
     *     port of 0 takes any free one
     * @return the copy
     */
    public ConnectOptions withLocalAddress(SocketAddress localAddress) {
        Objects.requireNonNull(localAddress, "localAddress");
        return new ConnectOptions(timeout, limits, socket, localAddress, resolver, proxy);
    }

    /**
     * A copy that asks another resolver.
     *
     * @param resolver who knows the addresses of a name
     * @return the copy
     */
    public ConnectOptions withResolver(Resolver resolver) {
        return new ConnectOptions(timeout, limits, socket, localAddress, resolver, proxy);
    }

    /**
     * A copy that connects through a proxy. A host name is then not resolved here: the proxy gets
     * it as it is. The connection's remote address is the proxy's.
     *
     * @param proxy who connects for us
     * @return the copy
     */
    public ConnectOptions withProxy(Proxy proxy) {
        Objects.requireNonNull(proxy, "proxy");
        return new ConnectOptions(timeout, limits, socket, localAddress, resolver, proxy);
    }
}
