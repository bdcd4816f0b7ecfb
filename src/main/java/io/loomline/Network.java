package io.loomline;

import io.loomline.connect.ConnectOptions;
import io.loomline.connect.Dialer;
import io.loomline.datagram.DatagramEndpoint;
import io.loomline.datagram.DatagramOptions;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.server.Listener;
import io.loomline.server.Listeners;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.Clock;
import io.loomline.task.TaskGroup;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a runtime does through its driver: connect, listen, exchange datagrams. */
final class Network {
    private final Driver driver;
    private final Connections connections;
    private final Dialer dialer;
    private final Listener listener;

    /** The creator closes the driver, after the group. */
    Network(Driver driver, TaskGroup parent, Clock clock, long maxHeldBytes) {
        ClassPreloader.run();
        this.driver = driver;
        this.connections = new Connections(clock, maxHeldBytes);
        this.dialer = new Dialer(driver, parent, connections);
        this.listener = new Listener(driver, parent, connections);
    }

    Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        return dialer.connect(remote, options);
    }

    Server listen(SocketAddress local, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        return listener.listen(local, options, handler);
    }

    Server listen(Listeners listeners, ServerOptions options, ConnectionHandler handler)
            throws IOException, InterruptedException {
        return listener.listen(listeners, options, handler);
    }

    Server listenAtLoopback(int port, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        return listener.listenAtLoopback(port, options, handler);
    }

    void maxHeldBytes(long maxHeldBytes) {
        connections.maxHeldBytes(maxHeldBytes);
    }

    /** The servers that are not closed. */
    List<Server> servers() {
        return listener.servers();
    }

    /** Makes the connections; reachable as long as a server is. */
    Connections connections() {
        return connections;
    }

    /** Gives the servers that are not closed; reachable as long as one of them is. */
    Supplier<Map<TaskGroup, Server>> openServers() {
        return listener.openServers();
    }

    DatagramEndpoint datagram(SocketAddress local, DatagramOptions options) throws IOException {
        return DatagramEndpoint.open(driver, local, options, connections.clock());
    }

    /** Called once the driver, and with it every connection, is closed. */
    void close() {
        connections.close();
    }
}
