package io.loomline.driver.nio;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/** The portable driver. */
public final class NioDriver implements Driver {
    /** One loop keeps about four carriers busy; a second one on a small machine only costs. */
    private static final int CARRIERS_PER_LOOP = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger turn = new AtomicInteger();

    // written under the lock
    /** Empty until the first channel, so that an unused driver holds no descriptor. */
    private volatile List<NioLoop> loops = List.of();

    private volatile boolean closed;

    /** Creates a driver that holds nothing yet. */
    public NioDriver() {}

    @Override
    public Channel connect(SocketAddress remote) throws IOException, InterruptedException {
        NioLoop loop = nextLoop();
        SocketChannel socket =
                isUnix(remote)
                        ? SocketChannel.open(StandardProtocolFamily.UNIX)
                        : SocketChannel.open();
        NioKey key = null;
        try {
            socket.configureBlocking(false);
            key = NioKey.register(loop, socket, 0, SelectionKey.OP_CONNECT);
            if (!socket.connect(remote)) {
                while (!socket.finishConnect()) key.awaitOutput();
            }
        } catch (UnsupportedAddressTypeException e) {
            abandon(socket, key);
            throw unsupported(remote, e);
        } catch (IOException | InterruptedException | RuntimeException e) {
            abandon(socket, key);
            throw e;
        }
        return new NioChannel(loop, socket);
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog) throws IOException {
        NioLoop loop = nextLoop();
        ServerSocketChannel socket =
                isUnix(local)
                        ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        : ServerSocketChannel.open();
        try {
            socket.bind(local, backlog);
        } catch (UnsupportedAddressTypeException e) {
            socket.close();
            throw unsupported(local, e);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return new NioAcceptor(loop, this::nextLoop, socket);
    }

    private static void abandon(SocketChannel socket, @Nullable NioKey key) throws IOException {
        socket.close();
        if (key != null) key.wakeAll();
    }

    private static boolean isUnix(SocketAddress address) {
        return switch (address) {
            case UnixDomainSocketAddress _ -> true;
            case InetSocketAddress inet when !inet.isUnresolved() -> false;
            default ->
                    throw new IllegalArgumentException(
                            "address "
                                    + address
                                    + ": expected a resolved internet address or a"
                                    + " Unix path");
        };
    }

    /** An internet address of a family that this machine has switched off. */
    private static IOException unsupported(SocketAddress address, RuntimeException cause) {
        return new SocketException(
                "this machine does not support addresses like " + address, cause);
    }

    private NioLoop nextLoop() throws IOException {
        List<NioLoop> present = loops;
        if (closed) throw new IOException("the driver is closed");
        if (present.isEmpty()) present = start();
        return present.get(Math.floorMod(turn.getAndIncrement(), present.size()));
    }

    private List<NioLoop> start() throws IOException {
        lock.lock();
        try {
            if (closed) throw new IOException("the driver is closed");
            if (!loops.isEmpty()) return loops;
            int carriers = Runtime.getRuntime().availableProcessors();
            List<NioLoop> made = new ArrayList<>();
            try {
                for (int i = 0; i < Math.ceilDiv(carriers, CARRIERS_PER_LOOP); i++) {
                    var loop = new NioLoop(i);
                    loop.start();
                    made.add(loop);
                }
            } catch (IOException e) {
                made.forEach(NioLoop::close);
                throw e;
            }
            return loops = List.copyOf(made);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            loops.forEach(NioLoop::close);
        } finally {
            lock.unlock();
        }
    }
}
