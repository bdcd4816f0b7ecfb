package io.loomline.connect;

import static java.util.stream.Collectors.joining;

import io.loomline.connect.ConnectFailedException.Attempt;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.ExhaustionException;
import io.loomline.flight.ConnectionEvents;
import io.loomline.flight.Span;
import io.loomline.headroom.DescriptorHeadroom;
import io.loomline.log.ErrorText;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.net.wire.Interrupts;
import io.loomline.proxy.ProxyHeader;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.tls.Tls;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;

/**
 * Establishes connections: resolves the host name, tries its addresses, and asks the proxy. A
 * runtime has one dialer; you need your own only to build a runtime.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Dialer {
    private static final DescriptorHeadroom HEADROOM = DescriptorHeadroom.OF_THIS_PROCESS;

    /** The delays between attempts while no descriptor is free. */
    private static final Backoff FOR_DESCRIPTOR =
            new Backoff(Duration.ofMillis(5), Duration.ofMillis(100), 2, 0);

    private final Driver driver;
    private final TaskGroup parent;
    private final Connections connections;

    /**
     * A dialer over a driver. Attempts at several addresses are child tasks of the calling task.
     *
     * @param driver opens the channels
     * @param parent the group for the attempts of callers that are not tasks
     * @param connections makes the connections
     */
    public Dialer(Driver driver, TaskGroup parent, Connections connections) {
        this.driver = Objects.requireNonNull(driver, "driver");
        this.parent = Objects.requireNonNull(parent, "parent");
        this.connections = Objects.requireNonNull(connections, "connections");
    }

    /**
     * The address of a host and port, unresolved.
     *
     * @param host a name, or an IP address with or without brackets
     * @param port the port
     * @return the address, for {@link #connect}
     * @throws IllegalArgumentException if the host is blank or has a scheme, user, path or port, or
     *     the port is not between 0 and 65535
     */
    public static InetSocketAddress unresolved(String host, int port) {
        return InetSocketAddress.createUnresolved(HostName.require(host), port);
    }

    /**
     * Connects. <i>Blocks</i> until the connection is established.
     *
     * @param remote the address; an unresolved host name is looked up, and the connection goes to
     *     the first of its addresses that answers
     * @param options the timeout, the proxy, the limits and so on
     * @return the connection
     * @throws java.net.UnknownHostException if the name has no address
     * @throws SocketTimeoutException if the timeout expired
     * @throws javax.net.ssl.SSLException if the TLS handshake failed, such as for a certificate
     * @throws ConnectFailedException if no address accepts the connection, or the proxy refuses it
     * @throws IOException if the driver is closed
     * @throws IllegalArgumentException if the driver, the local address or the proxy does not
     *     support this kind of address
     * @throws InterruptedException if the caller was cancelled; no connection is left behind
     */
    public Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        Objects.requireNonNull(remote, "remote");
        Objects.requireNonNull(options, "options");
        Task.checkCancelled();
        Span span = ConnectionEvents.connect();
        return span == null ? dial(remote, options) : dialRecorded(span, remote, options);
    }

    private Connection dialRecorded(Span span, SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        Throwable failure = null;
        try {
            return dial(remote, options);
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            span.end(remote, failure);
        }
    }

    private Connection dial(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        var call = new Call(remote, options);
        try {
            return Deadline.after(options.timeout(), connections.clock()).call(call::run);
        } catch (TimeoutException e) {
            throw call.timedOut(e);
        }
    }

    /** One connect in progress. */
    private final class Call {
        private final SocketAddress target;
        private final ConnectOptions options;

        /** The operation in progress, for the message of a timeout; written by all attempts. */
        private volatile String phase = "nothing was tried yet";

        private @Nullable HappyEyeballs race;

        Call(SocketAddress target, ConnectOptions options) {
            this.target = target;
            this.options = options;
        }

        Connection run() throws IOException, InterruptedException {
            Proxy proxy = options.proxy();
            Connection connection =
                    proxy == null ? open(target, options.limits()) : openThrough(proxy);
            ProxyHeader header = options.proxyHeader();
            if (header != null) announce(connection, header);
            Tls tls = options.tls();
            return tls == null ? connection : secured(connection, tls);
        }

        // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
        // "The sender must always ensure that the header is sent at once, so that the transport
        // layer maintains atomicity along the path to the receiver."
        private void announce(Connection connection, ProxyHeader header)
                throws IOException, InterruptedException {
            phase = "the PROXY header is not sent";
            boolean sent = false;
            try {
                connection.write(header.encode());
                connection.flush();
                sent = true;
            } finally {
                if (!sent) connection.abort();
            }
        }

        private Connection secured(Connection connection, Tls tls)
                throws IOException, InterruptedException {
            phase = "the TLS handshake is not complete";
            boolean established = false;
            try {
                connection.startTls(tls);
                established = true;
                return connection;
            } finally {
                if (!established) connection.close(); // sends the alert
            }
        }

        private Connection openThrough(Proxy proxy) throws IOException, InterruptedException {
            Handshake handshake = proxy.handshakeTo(ProxyTarget.of(target));
            Connection connection = null;
            boolean established = false;
            try {
                connection = open(proxy.address(), Limits.NONE); // the timeout bounds it
                phase = "waiting for the answer of " + proxy;
                handshake.run(connection);
                established = true;
                return connection.limits(options.limits());
            } catch (IOException e) {
                throw new ConnectFailedException(target, proxy, e);
            } finally {
                if (!established && connection != null) connection.abort();
            }
        }

        private Connection open(SocketAddress remote, Limits limits)
                throws IOException, InterruptedException {
            List<SocketAddress> addresses = addressesOf(remote);
            phase = noAnswer(remote, addresses);
            Channel channel =
                    addresses.size() == 1
                            ? openOnly(remote, addresses.getFirst())
                            : openFirst(remote, addresses);
            try {
                return target instanceof InetSocketAddress inet
                        ? connections.watchedOver(channel, limits, inet.getHostString())
                        : connections.watchedOver(channel, limits);
            } catch (Throwable e) { // out of memory
                channel.abort();
                throw e;
            }
        }

        private List<SocketAddress> addressesOf(SocketAddress remote)
                throws IOException, InterruptedException {
            if (!(remote instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
                return List.of(remote);
            }
            phase = "looking up '" + inet.getHostString() + "'";
            List<InetAddress> found = NameLookup.resolve(inet.getHostString(), options.resolver());
            return HappyEyeballs.interleaved(found).stream()
                    .<SocketAddress>map(address -> new InetSocketAddress(address, inet.getPort()))
                    .distinct()
                    .toList();
        }

        /** Names the addresses unless the message names them already. */
        private String noAnswer(SocketAddress remote, List<SocketAddress> addresses) {
            boolean isNamed = remote == target && AddressText.isSame(target, addresses.getFirst());
            if (isNamed) return "no answer";
            return addresses.stream()
                    .map(AddressText::numeric)
                    .collect(joining(", ", "no answer from ", ""));
        }

        /** On the calling thread: a single address needs no race. */
        private Channel openOnly(SocketAddress remote, SocketAddress address)
                throws IOException, InterruptedException {
            try {
                return openChannel(address);
            } catch (IOException e) {
                throw new ConnectFailedException(remote, List.of(new Attempt(address, e)));
            } catch (InterruptedException e) {
                throw Interrupts.cancelOr(e);
            }
        }

        private Channel openFirst(SocketAddress remote, List<SocketAddress> addresses)
                throws IOException, InterruptedException {
            race = new HappyEyeballs(this::openChannel, connections.clock(), addresses);
            try {
                Channel winner = race.run(parent);
                if (winner != null) return winner;
            } catch (InterruptedException e) {
                throw Interrupts.cancelOr(e);
            }
            throw new ConnectFailedException(remote, race.failures());
        }

        /** Waits for a free descriptor only if connections of our servers can release one. */
        private Channel openChannel(SocketAddress address)
                throws IOException, InterruptedException {
            try {
                return openNow(address);
            } catch (ExhaustionException e) {
                if (!HEADROOM.isServing()) throw e;
                return openWithFreedDescriptor(address, e);
            }
        }

        private Channel openNow(SocketAddress address) throws IOException, InterruptedException {
            HEADROOM.takeToConnect();
            return driver.connect(address, options.localAddress(), options.socket());
        }

        /** While this waits, servers leave the next free descriptor to it. */
        private Channel openWithFreedDescriptor(SocketAddress address, ExhaustionException first)
                throws IOException, InterruptedException {
            phase = "waiting for a free descriptor: " + ErrorText.of(first);
            HEADROOM.beginWaiting();
            try {
                for (int failures = 1; ; failures++) {
                    Task.sleep(FOR_DESCRIPTOR.delay(failures, ThreadLocalRandom.current()));
                    try {
                        return openNow(address);
                    } catch (ExhaustionException e) {
                        if (!HEADROOM.isServing()) throw e;
                    }
                }
            } finally {
                HEADROOM.endWaiting();
            }
        }

        SocketTimeoutException timedOut(TimeoutException e) {
            var timeout =
                    new SocketTimeoutException(
                            "connecting to "
                                    + AddressText.of(target)
                                    + " took longer than "
                                    + options.timeout()
                                    + ": "
                                    + phase);
            timeout.initCause(e);
            if (race != null) {
                for (Attempt failed : race.failures()) timeout.addSuppressed(failed.toException());
            }
            return timeout;
        }
    }
}
