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
 * A separate network in memory. An internet address identifies a listener by its port, any other
 * address by equality. The driver holds no resources that must be freed, so several runtimes may
 * share it to connect to each other.
 */
public final class MemoryDriver implements Driver {
    // https://man7.org/linux/man-pages/man7/pipe.7.html
    // "Since Linux 2.6.11, the pipe capacity is 16 pages (i.e., 65,536 bytes in a system with a
    // page size of 4096 bytes)."
    private static final int CAPACITY_BYTES = 64 * 1024;

    // https://www.rfc-editor.org/rfc/rfc6335#section-6
    // "the Dynamic Ports, also known as the Private or Ephemeral Ports, from 49152-65535 (never
    // assigned)"
    private static final int FIRST_EPHEMERAL_PORT = 49_152;

    private final ConcurrentMap<Object, MemoryAcceptor> listeners = new ConcurrentHashMap<>();
    private final AtomicInteger nextPort = new AtomicInteger(FIRST_EPHEMERAL_PORT);

    /** Creates a network without listeners. */
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

    /** Returns the ephemeral ports in turn, except those with a listener. */
    private InetSocketAddress anyPort() {
        int port;
        do {
            int index = nextPort.getAndIncrement() - FIRST_EPHEMERAL_PORT;
            port = FIRST_EPHEMERAL_PORT + Math.floorMod(index, 65_536 - FIRST_EPHEMERAL_PORT);
        } while (listeners.containsKey(port));
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Has no effect, because the driver holds no resources and may be shared. */
    @Override
    public void close() {}
}
