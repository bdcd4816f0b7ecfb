package io.loomline.driver.epoll;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.unix.ClientAddress;
import io.loomline.driver.unix.UnixPath;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The driver for Linux. Packets go by another one. */
public final class EpollDriver implements Driver {
    /** One loop keeps about four carriers busy; a second one on a small machine only costs. */
    private static final int CARRIERS_PER_LOOP = 4;

    private static final int DEFAULT_BACKLOG = 50;
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Driver packets;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger turn = new AtomicInteger();

    // written under the lock
    /** Empty until the first channel, so that an unused driver holds no descriptor. */
    private volatile List<EpollLoop> loops = List.of();

    private volatile boolean closed;

    /**
     * Creates a driver that holds nothing yet.
     *
     * @param packets opens the channels of packets; closed with this one
     * @throws UnsupportedOperationException if {@link #lack} has something to say
     */
    public EpollDriver(Driver packets) {
        this.packets = Objects.requireNonNull(packets, "packets");
        String lack = lack();
        if (lack != null) {
            throw new UnsupportedOperationException("the epoll driver cannot run here: " + lack);
        }
    }

    /**
     * Why the driver cannot run here.
     *
     * @return what is missing; null if nothing is
     */
    public static @Nullable String lack() {
        return Libc.lack();
    }

    @Override
    public Channel connect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        boolean unix = SocketAddresses.isUnix(remote);
        if (local != null && SocketAddresses.isUnix(local) != unix) {
            throw new IllegalArgumentException(
                    "local address " + local + ": expected one of the same kind as " + remote);
        }
        SocketAddress there = SocketAddresses.destination(remote);
        byte[] address = SocketAddresses.encode(there);
        EpollLoop loop = nextLoop();
        int socket = Sockets.open(remote, options);
        try {
            if (local != null) Sockets.bind(socket, SocketAddresses.encode(local));
            start(socket, address, unix);
        } catch (IOException | InterruptedException | RuntimeException e) {
            Libc.close(socket); // nobody else knows it
            throw e;
        }
        EpollKey key = loop.register(socket, EpollChannel.INTEREST);
        try {
            return finish(key, there, address);
        } catch (IOException | InterruptedException | RuntimeException e) {
            key.close();
            throw e;
        }
    }

    /**
     * Sets off. When the queue of a Unix-domain listener is full the kernel tells nobody when there
     * is room again, so it has to be asked, at growing intervals.
     */
    private void start(int socket, byte[] address, boolean unix)
            throws IOException, InterruptedException {
        long pauseNanos = SHORTEST_PAUSE_NANOS;
        int result;
        while ((result = Sockets.connect(socket, address)) == -Errno.EAGAIN && unix) {
            LockSupport.parkNanos(pauseNanos);
            if (Thread.interrupted()) throw new InterruptedException();
            requireOpen();
            pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        }
        if (result < 0 && result != -Errno.EINPROGRESS) throw Errno.ofSocket(-result);
    }

    /** Asked again, connect(2) says what has become of it. */
    private static Channel finish(EpollKey key, SocketAddress remote, byte[] address)
            throws IOException, InterruptedException {
        while (true) {
            int before = key.output().events();
            int number = key.descriptor().enter();
            try {
                int result = Sockets.connect(number, address);
                if (result == 0 || result == -Errno.EISCONN) return connected(key, number, remote);
                if (result != -Errno.EALREADY && result != -Errno.EINPROGRESS) {
                    throw Errno.ofSocket(-result);
                }
            } finally {
                key.descriptor().exit();
            }
            key.output().exhausted(before);
            key.output().await();
        }
    }

    /**
     * A client whose port happens to be the one that it connects to, at which nobody listens, is
     * connected to itself: "simultaneous open" in RFC 9293, section 3.5.
     */
    private static Channel connected(EpollKey key, int number, SocketAddress remote)
            throws IOException {
        SocketAddress local = Sockets.localAddress(number);
        if (local.equals(remote)) {
            throw new ConnectException("Connection refused: nobody but this client is there");
        }
        return new EpollChannel(key, remote, ClientAddress.of(local, remote));
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        byte[] address = SocketAddresses.encode(local);
        EpollLoop loop = nextLoop();
        // what it accepts inherits the options from it, and so the window's scale fits the size
        int socket = Sockets.open(local, options);
        Runnable beforeClose = () -> {};
        SocketAddress bound;
        try {
            int queue = backlog < 1 ? DEFAULT_BACKLOG : backlog;
            if (local instanceof UnixDomainSocketAddress unix) {
                beforeClose = UnixPath.bind(unix, () -> Sockets.bind(socket, address))::remove;
            } else {
                Sockets.reuseAddress(socket);
                Sockets.bind(socket, address);
            }
            Sockets.listen(socket, queue);
            bound = Sockets.localAddress(socket);
        } catch (IOException | RuntimeException e) {
            beforeClose.run();
            Libc.close(socket);
            throw e;
        }
        try {
            EpollKey key = loop.register(socket, Epoll.IN);
            return new EpollAcceptor(
                    key, bound, (accepted, remote) -> adopt(accepted, remote, bound), beforeClose);
        } catch (IOException e) {
            beforeClose.run();
            throw e;
        }
    }

    /** Makes a channel of a socket that was accepted, and closes it if that fails. */
    private Channel adopt(int accepted, SocketAddress remote, SocketAddress listener)
            throws IOException {
        SocketAddress local;
        EpollLoop loop;
        try {
            boolean any =
                    listener instanceof InetSocketAddress inet
                            && inet.getAddress().isAnyLocalAddress();
            local = any ? Sockets.localAddress(accepted) : listener;
            loop = nextLoop();
        } catch (IOException | RuntimeException e) {
            Libc.close(accepted);
            throw e;
        }
        EpollKey key = loop.register(accepted, EpollChannel.INTEREST);
        return new EpollChannel(key, ClientAddress.of(remote, local), local);
    }

    @Override
    public PacketChannel openPackets(
            SocketAddress local, @Nullable SocketAddress remote, SocketOptions options)
            throws IOException {
        return packets.openPackets(local, remote, options);
    }

    private void requireOpen() throws IOException {
        if (closed) throw new IOException("the driver is closed");
    }

    private EpollLoop nextLoop() throws IOException {
        List<EpollLoop> present = loops;
        requireOpen();
        if (present.isEmpty()) present = startLoops();
        return present.get(Math.floorMod(turn.getAndIncrement(), present.size()));
    }

    private List<EpollLoop> startLoops() throws IOException {
        lock.lock();
        try {
            requireOpen();
            if (!loops.isEmpty()) return loops;
            int carriers = Runtime.getRuntime().availableProcessors();
            List<EpollLoop> made = new ArrayList<>();
            try {
                for (int i = 0; i < Math.ceilDiv(carriers, CARRIERS_PER_LOOP); i++) {
                    var loop = new EpollLoop(i);
                    loop.start();
                    made.add(loop);
                }
            } catch (IOException e) {
                made.forEach(EpollLoop::close);
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
            loops.forEach(EpollLoop::close);
        } finally {
            lock.unlock();
        }
        packets.close();
    }
}
