package io.loomline.server;

import static java.util.stream.Collectors.joining;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.log.Loggers;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.net.wire.ResolvedAddress;
import io.loomline.server.listen.ListenAddresses;
import io.loomline.server.listen.ListenPlace;
import io.loomline.server.listen.OpenServers;
import io.loomline.server.listen.Takeover;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.TaskGroup;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Starts servers. A runtime has one listener; you need your own only to build a runtime.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Listener {
    private static final Logger LOG = Loggers.of(Listener.class);

    private final Driver driver;
    private final TaskGroup parent;
    private final Connections connections;
    private final OpenServers<Server> open = new OpenServers<>();

    /**
     * A listener over a driver.
     *
     * @param driver accepts the connections
     * @param parent the parent of each server's group
     * @param connections makes the connections
     */
    public Listener(Driver driver, TaskGroup parent, Connections connections) {
        this.driver = Objects.requireNonNull(driver, "driver");
        this.parent = Objects.requireNonNull(parent, "parent");
        this.connections = Objects.requireNonNull(connections, "connections");
        connections.onRecord(on -> servers().forEach(server -> server.recordOperations(on)));
    }

    /**
     * Starts a server.
     *
     * @param local the address to listen at; port 0 stands for any free port
     * @param options the server's options
     * @param handler serves a connection
     * @return the server, which accepts connections
     * @throws IOException if the server cannot listen at the address; the message names it
     * @throws IllegalArgumentException if the address is unresolved or an empty path, or the driver
     *     does not support this kind of address
     * @throws IllegalStateException if the parent group is closed
     */
    public Server listen(SocketAddress local, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        Objects.requireNonNull(local, "local");
        ResolvedAddress.require("address", local);
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(handler, "handler");
        return serve(new ListenAddresses(place(options)).open(List.of(local)), options, handler);
    }

    /**
     * Starts a server at listeners that may be inherited or taken over. <i>Blocks</i> until a
     * predecessor has passed them.
     *
     * @param listeners where the server listens
     * @param options the server's options
     * @param handler serves a connection
     * @return the server, which accepts connections
     * @throws IOException if there are no such listeners, or they cannot be opened or taken over
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalArgumentException if the driver does not support an address of this kind
     * @throws IllegalStateException if the parent group is closed
     * @throws UnsupportedOperationException if the driver supports no such listeners
     */
    public Server listen(Listeners listeners, ServerOptions options, ConnectionHandler handler)
            throws IOException, InterruptedException {
        Objects.requireNonNull(listeners, "listeners");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(handler, "handler");
        var opened = listeners.open(place(options));
        try (Takeover predecessor = opened.predecessor()) {
            Server server = serve(opened.acceptors(), options, handler);
            try {
                if (predecessor != null) predecessor.confirm();
                return server;
            } catch (Throwable e) {
                server.close();
                throw e;
            }
        }
    }

    /**
     * Starts a server that is reachable from this machine only. It listens at 127.0.0.1, and with
     * the same port at ::1 if the machine has that address and the driver uses host addresses.
     *
     * @param port the port to listen at; 0 stands for a port that is free at both addresses
     * @param options the server's options
     * @param handler serves a connection
     * @return the server, which accepts connections
     * @throws IOException if the server cannot listen at one of the addresses; the message names it
     * @throws IllegalStateException if the parent group is closed
     */
    public Server listenAtLoopback(int port, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(handler, "handler");
        return serve(new ListenAddresses(place(options)).openAtLoopback(port), options, handler);
    }

    /**
     * The servers that this listener has started and that are not closed.
     *
     * @return a snapshot, in no order
     */
    public List<Server> servers() {
        return List.copyOf(open.get().values());
    }

    /**
     * The servers that are not closed, by their groups, for observers that do not keep the listener
     * reachable.
     *
     * @return gives the present servers, and is reachable as long as one of them is
     */
    public Supplier<Map<TaskGroup, Server>> openServers() {
        return open;
    }

    private ListenPlace place(ServerOptions options) {
        return new ListenPlace(driver, options.socket(), options.backlog(), connections);
    }

    private Server serve(
            List<Acceptor> acceptors, ServerOptions options, ConnectionHandler handler) {
        try {
            List<SocketAddress> addresses = acceptors.stream().map(Acceptor::localAddress).toList();
            String name = "server " + addresses.getFirst();
            TaskGroup group =
                    parent.child(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE).withName(name));
            String all = addresses.stream().map(Object::toString).collect(joining(" and "));
            LOG.info("listening at {}{}", all, reach(addresses));
            var parts = new Server.Parts(driver, acceptors, group, parent, connections, open);
            var server = new Server(parts, options, handler);
            open.add(group, server);
            return server;
        } catch (Throwable e) { // such as a closed group
            acceptors.forEach(Acceptor::close);
            throw e;
        }
    }

    private static String reach(List<SocketAddress> addresses) {
        return addresses.stream().allMatch(Listener::isLoopback)
                ? ", reachable from this machine only: pass an address to accept other clients"
                : "";
    }

    private static boolean isLoopback(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress().isLoopbackAddress();
    }
}
