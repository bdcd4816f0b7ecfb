package io.loomline.server;

import com.sun.management.UnixOperatingSystemMXBean;

import io.loomline.driver.SocketOptions;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.stream.Limits;
import io.loomline.tls.Tls;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.util.Objects;

/**
 * The options of a server.
 *
 * @param maxConnections how many connections it serves at a time. Further clients wait in the
 *     backlog, as they do while the process is short of descriptors.
 * @param backlog how many clients may wait to be accepted; a hint that the kernel may lower
 * @param limits the timeouts and the buffer size of each connection
 * @param socket the options of the connections' sockets
 * @param resetOnFailure whether a connection is reset if its handler throws. Otherwise it is
 *     closed; with TLS without close_notify, so the peer sees truncated data.
 * @param tls the TLS configuration; null for plaintext
 * @param maxHandshakes how many TLS handshakes are processed at a time; one that waits for its peer
 *     does not count
 * @param admission which clients are served, and what happens to the others
 * @param proxyProtocol which proxies begin their connections with the client's address; null for
 *     clients that connect directly
 */
public record ServerOptions(
        int maxConnections,
        int backlog,
        Limits limits,
        SocketOptions socket,
        boolean resetOnFailure,
        @Nullable Tls tls,
        int maxHandshakes,
        AdmissionOptions admission,
        @Nullable ProxyProtocol proxyProtocol) {
    private static final int MAX_CONNECTIONS = 10_000;

    /** The share of the process's descriptors for connections; the rest is for other uses. */
    private static final double SHARE_OF_DESCRIPTORS = 0.8;

    // https://man7.org/linux/man-pages/man2/listen.2.html
    // "Since Linux 5.4, the default in this file is 4096"
    private static final int DEFAULT_BACKLOG = 4096;

    private static final int DEFAULT_HANDSHAKES = 256;

    /**
     * At most 10,000 connections, or 80 % of the process's descriptor limit if that is less; a
     * backlog of 4096; {@link Limits#DEFAULT}; no reset on failure; no TLS.
     */
    public static final ServerOptions DEFAULT =
            new ServerOptions(
                    defaultMaxConnections(),
                    DEFAULT_BACKLOG,
                    Limits.DEFAULT,
                    SocketOptions.DEFAULT,
                    false,
                    null,
                    DEFAULT_HANDSHAKES,
                    AdmissionOptions.DEFAULT,
                    null);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a number is less than 1
     */
    public ServerOptions {
        AdmissionOptions.requireAtLeastOne("maxConnections", maxConnections);
        AdmissionOptions.requireAtLeastOne("backlog", backlog);
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(socket, "socket");
        AdmissionOptions.requireAtLeastOne("maxHandshakes", maxHandshakes);
        Objects.requireNonNull(admission, "admission");
        if (tls != null) tls.requireServer();
    }

    private static int defaultMaxConnections() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os) {
            double share = os.getMaxFileDescriptorCount() * SHARE_OF_DESCRIPTORS;
            return (int) Math.clamp(share, 1, MAX_CONNECTIONS);
        }
        return MAX_CONNECTIONS;
    }

    /**
     * A copy with another connection limit.
     *
     * @param maxConnections how many connections the server serves at a time
     * @return the copy
     */
    public ServerOptions withMaxConnections(int maxConnections) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy with another backlog.
     *
     * @param backlog how many clients may wait to be accepted; the kernel may lower it
     * @return the copy
     */
    public ServerOptions withBacklog(int backlog) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy with other limits for the connections.
     *
     * @param limits the timeouts and the buffer size of each connection
     * @return the copy
     */
    public ServerOptions withLimits(Limits limits) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy with other socket options.
     *
     * @param socket the options of the connections' sockets
     * @return the copy
     */
    public ServerOptions withSocket(SocketOptions socket) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy with or without a reset of connections whose handler throws. Without it, the peer
     * receives everything that the handler wrote, such as an error line, and then an orderly end.
     * With it, the peer sees an error. TLS tells the peer in both cases that the data is
     * incomplete. Use it for protocols in which a truncated answer would look complete.
     *
     * @param resetOnFailure whether such connections are reset
     * @return the copy
     */
    public ServerOptions withResetOnFailure(boolean resetOnFailure) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy that speaks TLS. The handler is called when the handshake is complete.
     *
     * @param tls the configuration, such as {@code Tls.server(chain, key)}
     * @return the copy
     * @throws IllegalArgumentException if it is a client configuration, or asks for client
     *     certificates without saying which to trust
     */
    public ServerOptions withTls(Tls tls) {
        Objects.requireNonNull(tls, "tls");
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy with another bound for the TLS handshakes that run at a time. The others wait, within
     * the {@linkplain Tls#withHandshakeTimeout timeout} of their handshake.
     *
     * @param maxHandshakes how many handshakes run at a time; 256 by default
     * @return the copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public ServerOptions withMaxHandshakes(int maxHandshakes) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy with other rules of admission.
     *
     * @param admission which clients are served, and what happens to the others
     * @return the copy
     */
    public ServerOptions withAdmission(AdmissionOptions admission) {
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }

    /**
     * A copy whose connections begin with a header of the PROXY protocol, which has the address of
     * the client behind a proxy. The server reads it before TLS and the handler. Then {@link
     * io.loomline.net.Connection#remoteAddress} is the address of the client, and {@link
     * io.loomline.net.Connection#proxyHeader} has the rest. A connection whose header is malformed
     * or late, or whose peer is not trusted, is reset and counts as {@linkplain Server#refusedCount
     * refused}.
     *
     * @param proxyProtocol which proxies are trusted, and the bounds of the header; such as {@code
     *     ProxyProtocol.from("10.0.0.0/8")}
     * @return the copy
     */
    public ServerOptions withProxyProtocol(ProxyProtocol proxyProtocol) {
        Objects.requireNonNull(proxyProtocol, "proxyProtocol");
        return new ServerOptions(
                maxConnections,
                backlog,
                limits,
                socket,
                resetOnFailure,
                tls,
                maxHandshakes,
                admission,
                proxyProtocol);
    }
}
