package io.loomline.net;

import static java.util.stream.Collectors.joining;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;
import io.loomline.task.Clock;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.TaskGroup;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Objects;

/**
 * Connects and listens through a driver, with tasks in a group. {@code io.loomline.Runtime} has
 * one; it is of use by itself only to those who build a runtime of their own.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Network {
    private static final Logger LOG = Loggers.of(Network.class);

    private final Driver driver;
    private final TaskGroup parent;
    private final Connections upkeep;
    private final DescriptorHeadroom headroom = new DescriptorHeadroom();
    private final Dialer dialer;

    /**
     * Creates a network.
     *
     * @param driver how bytes move; whoever creates the network closes it, after the group
     * @param parent the group in which each server becomes a group
     * @param clock the time that waits go by
     */
    public Network(Driver driver, TaskGroup parent, Clock clock) {
        ClassPreloader.run();
        this.driver = Objects.requireNonNull(driver, "driver");
        this.parent = Objects.requireNonNull(parent, "parent");
        this.upkeep = Connections.by(Objects.requireNonNull(clock, "clock"));
        this.dialer = new Dialer(driver, parent, upkeep, headroom);
    }

    /**
     * Connects. <i>Blocks</i> until the connection stands.
     *
     * @param remote where to; a host name that is not resolved is, and the first of its addresses
     *     that answers is taken
     * @param options how
     * @return the connection
     * @throws java.net.UnknownHostException if there is no address for the name
     * @throws java.net.SocketTimeoutException if the timeout has run out
     * @throws ConnectFailedException if no address can be connected to, or not through the proxy
     * @throws IOException if the driver is closed
     * @throws IllegalArgumentException if the driver cannot reach an address of this kind, or not
     *     from the local address, or not through the proxy
     * @throws InterruptedException if the caller was cancelled; nothing is left behind
     */
    public Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        Objects.requireNonNull(remote, "remote");
        return dialer.connect(remote, Objects.requireNonNull(options, "options"));
    }

    /**
     * Starts a server.
     *
     * @param local where it listens; a port of 0 takes any free one
     * @param options how
     * @param handler what to do with a connection
     * @return the server, accepting
     * @throws IOException if the address cannot be had; the message names it
     * @throws IllegalArgumentException if the address is one that the driver cannot listen at
     * @throws IllegalStateException if the group is closed
     */
    public Server listen(SocketAddress local, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        Objects.requireNonNull(local, "local");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(handler, "handler");
        requireResolved(local);
        return serve(List.of(new ListenSockets(driver, options).at(local)), options, handler);
    }

    /**
     * Starts a server that is reached from this machine only: at 127.0.0.1, and with the same port
     * at ::1, if the machine has that and the driver tells them apart.
     *
     * @param port where it listens; 0 takes one that is free at both
     * @param options how
     * @param handler what to do with a connection
     * @return the server, accepting
     * @throws IOException if the port cannot be had at one of them; the message names it
     * @throws IllegalStateException if the group is closed
     */
    public Server listenAtLoopback(int port, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(handler, "handler");
        return serve(new ListenSockets(driver, options).atLoopback(port), options, handler);
    }

    private Server serve(
            List<Acceptor> acceptors, ServerOptions options, ConnectionHandler handler) {
        try {
            List<SocketAddress> addresses = acceptors.stream().map(Acceptor::localAddress).toList();
            String name = "server " + addresses.getFirst();
            TaskGroup group =
                    parent.child(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE).withName(name));
            String all = addresses.stream().map(Object::toString).collect(joining(" and "));
            LOG.info("listening at {}{}", all, reach(addresses.getFirst()));
            var parts = new Server.Parts(acceptors, group, headroom, upkeep);
            return new Server(parts, options, handler);
        } catch (Throwable e) { // such as that the group is closed
            acceptors.forEach(Acceptor::close);
            throw e;
        }
    }

    /**
     * Opens an endpoint of datagrams.
     *
     * @param local where it receives; a port of 0 takes any free one
     * @param options how
     * @return the endpoint; to be closed
     * @throws IOException if the address cannot be had; the message names it
     * @throws IllegalArgumentException if an address is a name, or none of the internet
     * @throws UnsupportedOperationException if the driver moves no packets
     */
    public DatagramEndpoint datagram(SocketAddress local, DatagramOptions options)
            throws IOException {
        requireResolved(Objects.requireNonNull(local, "local"));
        if (options.remote() != null) requireResolved(options.remote());
        try {
            var channel = driver.openPackets(local, options.remote(), options.socket());
            return new DatagramEndpoint(channel, options, upkeep.clock());
        } catch (IOException e) {
            var failure = new BindException("no datagrams at " + local + ": " + ErrorText.of(e));
            failure.initCause(e);
            throw failure;
        }
    }

    /**
     * The driver is closed, and with it every connection: none can be forgotten any more. Whoever
     * has created the network calls this.
     */
    public void close() {
        ObjectCleaner.endAll(upkeep);
    }

    private static void requireResolved(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress unix
                && unix.getPath().toString().isEmpty()) {
            throw new IllegalArgumentException("address: expected a path, but it is empty");
        }
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            throw new IllegalArgumentException(
                    "address " + address + ": expected one that is resolved");
        }
    }

    private static String reach(SocketAddress address) {
        boolean loopback =
                address instanceof InetSocketAddress inet && inet.getAddress().isLoopbackAddress();
        return loopback ? ", from this machine only: give an address to be reached by others" : "";
    }
}
