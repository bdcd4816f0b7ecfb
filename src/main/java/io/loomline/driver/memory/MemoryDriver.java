package io.loomline.driver.memory;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network of its own in memory. Listeners are found by name: an internet address by its port, any
 * other address by being equal. It holds nothing that must be freed, so several runtimes may share
 * it, to talk to each other.
 */
public final class MemoryDriver implements Driver {
    /** As much as a pipe of Linux holds: pipe(7). */
    private static final int CAPACITY_BYTES = 64 * 1024;

    /** First port for those who take any: RFC 6335 §6. */
    private static final int FIRST_EPHEMERAL_PORT = 49_152;

    private final ConcurrentMap<Object, MemoryAcceptor> listeners = new ConcurrentHashMap<>();
    private final AtomicInteger nextPort = new AtomicInteger(FIRST_EPHEMERAL_PORT);

    /** Creates a network of its own. */
    public MemoryDriver() {}

    @Override
    public Channel connect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        MemoryAcceptor listener = listeners.get(nameOf(remote));
        if (listener == null) throw new ConnectException("Connection refused");
        SocketAddress from = local == null ? anyPort() : withPort(local);
        var pair = MemoryPair.open(CAPACITY_BYTES, from, listener.localAddress());
        listener.offer(pair.second());
        return pair.first();
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        SocketAddress chosen = withPort(local);
        Object name = nameOf(chosen);
        var acceptor = new MemoryAcceptor(chosen, backlog, () -> listeners.remove(name));
        if (listeners.putIfAbsent(name, acceptor) != null) {
            throw new BindException("Address already in use");
        }
        return acceptor;
    }

    private SocketAddress withPort(SocketAddress local) {
        return local instanceof InetSocketAddress inet && inet.getPort() == 0 ? anyPort() : local;
    }

    private static Object nameOf(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? (Object) inet.getPort() : address;
    }

    /** Ports run on past 65,535 modulo the range, skipping those that are listened at. */
    private InetSocketAddress anyPort() {
        int port;
        do {
            int turn = nextPort.getAndIncrement() - FIRST_EPHEMERAL_PORT;
            port = FIRST_EPHEMERAL_PORT + Math.floorMod(turn, 65_536 - FIRST_EPHEMERAL_PORT);
        } while (listeners.containsKey(port));
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Without effect: there is nothing to free, and others may use the driver. */
    @Override
    public void close() {}
}
