package io.loomline.connect;

import io.loomline.connect.ConnectFailedException.Attempt;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.ExhaustionException;
import io.loomline.headroom.DescriptorHeadroom;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * Makes connections: resolves the name, tries its addresses, and talks to the proxy. A runtime has
 * one; you need your own only to build a runtime.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Dialer {
    private static final DescriptorHeadroom HEADROOM = DescriptorHeadroom.OF_THIS_PROCESS;

    // how long to wait for a free descriptor before asking again
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

    private final Driver driver;
    private final TaskGroup parent;
    private final Connections connections;

    /**
     * A dialer over a driver.
     *
     * @param driver opens the channels
     * @param parent the group for the attempts of callers that are not tasks; attempts at several
     *     addresses are tasks of the calling task otherwise
     * @param connections makes the connections
     */
    public Dialer(Driver driver, TaskGroup parent, Connections connections) {
        this.driver = Objects.requireNonNull(driver, "driver");
        this.parent = Objects.requireNonNull(parent, "parent");
        this.connections = Objects.requireNonNull(connections, "connections");
    }

    /**
     * Connects. <i>Blocks</i> until the connection is established.
     *
     * @param remote the address; an unresolved host name is looked up, and the first of its
     *     addresses that answers is taken
     * @param options the timeout, the proxy, the limits and so on
     * @return the connection
     * @throws java.net.UnknownHostException if the name has no address
     * @throws SocketTimeoutException if the timeout expired
     * @throws ConnectFailedException if no address accepts the connection, or the proxy refuses it
     * @throws IOException if the driver is closed
     * @throws IllegalArgumentException if the driver cannot reach an address of this kind, or not
     *     from the local address, or not through the proxy
     * @throws InterruptedException if the caller was cancelled; no connection is left behind
     */
    public Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        Objects.requireNonNull(remote, "remote");
        Objects.requireNonNull(options, "options");
        Task.checkCancelled();
        var call = new Call(remote, options);
        try {
            return Deadline.after(options.timeout(), connections.clock()).call(call::run);
        } catch (TimeoutException e) {
            throw call.timedOut(e);
        }
    }

    /** One connect that is under way. */
    private final class Call {
        private final SocketAddress target;
        private final ConnectOptions options;

        /** What is being waited for; written by all attempts. */
        private volatile String phase = "before anything was tried";

        private @Nullable HappyEyeballs race;

        Call(SocketAddress target, ConnectOptions options) {
            this.target = target;
            this.options = options;
        }

        Connection run() throws IOException, InterruptedException {
            Proxy proxy = options.proxy();
            return proxy == null ? open(target, options.limits()) : openThrough(proxy);
        }

        private Connection openThrough(Proxy proxy) throws IOException, InterruptedException {
            Handshake handshake = proxy.handshakeTo(ProxyTarget.of(target));
            Connection connection = null;
            boolean through = false;
            try {
                connection = open(proxy.address(), Limits.NONE); // the timeout is limit enough
                phase = "waiting for the answer of " + proxy;
                handshake.run(connection);
                through = true;
                return connection.limits(options.limits());
            } catch (IOException e) {
                throw new ConnectFailedException(ProxyTarget.nameOf(target), proxy, e);
            } finally {
                if (!through && connection != null) connection.abort();
            }
        }

        private Connection open(SocketAddress remote, Limits limits)
                throws IOException, InterruptedException {
            List<SocketAddress> addresses = addressesOf(remote);
            phase = "waiting for an answer of " + addresses;
            Channel channel =
                    addresses.size() == 1
                            ? openOnly(remote, addresses.getFirst())
                            : openFirst(remote, addresses);
            try {
                return connections.watchedOver(channel, limits);
            } catch (Throwable e) { // no memory for it
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

        /** On the caller's own thread, because there is nobody to race with. */
        private Channel openOnly(SocketAddress remote, SocketAddress address)
                throws IOException, InterruptedException {
            try {
                return openChannel(address);
            } catch (IOException e) {
                throw new ConnectFailedException(
                        ProxyTarget.nameOf(remote), List.of(new Attempt(address, e)));
            } catch (InterruptedException e) {
                Task.checkCancelled();
                throw e;
            }
        }

        private Channel openFirst(SocketAddress remote, List<SocketAddress> addresses)
                throws IOException, InterruptedException {
            race = new HappyEyeballs(this::openChannel, connections.clock(), addresses);
            try {
                Channel winner = race.run(parent);
                if (winner != null) return winner;
            } catch (InterruptedException e) {
                Task.checkCancelled();
                throw e;
            }
            throw new ConnectFailedException(ProxyTarget.nameOf(remote), race.failures());
        }

        /** In a process of which all descriptors are taken by others, that fails at once. */
        private Channel openChannel(SocketAddress address)
                throws IOException, InterruptedException {
            try {
                return openNow(address);
            } catch (ExhaustionException e) {
                if (!HEADROOM.isServing()) throw e;
                return openOnceThereIsRoom(address, e);
            }
        }

        private Channel openNow(SocketAddress address) throws IOException, InterruptedException {
            HEADROOM.takeToConnect();
            return driver.connect(address, options.localAddress(), options.socket());
        }

        /** A connection of a server that ends frees a descriptor, which no server takes now. */
        private Channel openOnceThereIsRoom(SocketAddress address, ExhaustionException first)
                throws IOException, InterruptedException {
            phase = "waiting for a free descriptor to connect to " + address + ": " + first;
            HEADROOM.beginWaiting();
            try {
                for (Duration pause = SHORTEST_PAUSE; ; pause = longer(pause)) {
                    Task.sleep(pause);
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

        private static Duration longer(Duration pause) {
            Duration twice = pause.multipliedBy(2);
            return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
        }

        SocketTimeoutException timedOut(TimeoutException e) {
            var timeout =
                    new SocketTimeoutException(
                            "connecting to "
                                    + ProxyTarget.nameOf(target)
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
