package io.loomline.server;

import io.loomline.driver.Channel;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.proxy.ProxyHeaderException;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.server.failure.HandlerFailureLog;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * Reads the header of the PROXY protocol with which the connections of a server begin, each in its
 * own task. A connection without a valid header from a trusted peer is reset.
 */
final class ProxyGreeting {
    private final ProxyProtocol rules;
    private final Clock clock;
    private final HandlerFailureLog failures;

    private ProxyGreeting(ProxyProtocol rules, Clock clock, HandlerFailureLog failures) {
        this.rules = rules;
        this.clock = clock;
        this.failures = failures;
    }

    /** The greetings of a server; null if its connections begin with no header. */
    static @Nullable ProxyGreeting of(
            ServerOptions options, Clock clock, HandlerFailureLog failures) {
        ProxyProtocol rules = options.proxyProtocol();
        return rules == null ? null : new ProxyGreeting(rules, clock, failures);
    }

    /** The connection over an accepted channel. */
    static Connection connectionOver(Channel channel, Connections factory, ServerOptions options) {
        Limits limits = options.limits();
        return options.proxyProtocol() == null
                ? factory.over(channel, limits)
                : factory.behindProxy(channel, limits);
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "It is recommended to abort the connection as soon as possible so that the sender gets a
    // chance to notice the anomaly and log it."
    /**
     * Reads a header. <i>Blocks.</i> If the connection is refused, it is reset, and the reason is
     * logged.
     *
     * @param acceptedNanos when the connection was accepted, from which the timeout runs
     * @return whether the connection is accepted
     * @throws InterruptedException if the task of the connection was cancelled
     */
    boolean complete(Connection connection, long acceptedNanos) throws InterruptedException {
        try {
            read(connection, acceptedNanos);
            return true;
        } catch (IOException e) {
            failures.log(connection, e);
            connection.abort();
            return false;
        }
    }

    /** The client of a Unix-domain socket usually has no path, but the socket of this side has. */
    private boolean isTrusted(Connection connection) {
        SocketAddress own = connection.localAddress();
        boolean isUnix = own instanceof UnixDomainSocketAddress;
        return rules.trusts(isUnix ? own : connection.remoteAddress());
    }

    private void read(Connection connection, long acceptedNanos)
            throws IOException, InterruptedException {
        if (!isTrusted(connection)) {
            throw new ProxyHeaderException("it is not a trusted proxy");
        }
        Duration elapsed = Duration.ofNanos(clock.nanoTime() - acceptedNanos);
        try {
            Deadline.after(rules.timeout().minus(elapsed), clock)
                    .run(() -> Connections.readProxyHeader(connection, rules.maxBytes()));
        } catch (TimeoutException e) {
            var timeout =
                    new SocketTimeoutException(
                            "no complete PROXY header within " + rules.timeout());
            timeout.initCause(e);
            throw timeout;
        }
    }
}
