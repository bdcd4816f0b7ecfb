package io.loomline.driver.epoll;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.carrier.CarrierAdapting;
import io.loomline.driver.unix.AddressKind;
import io.loomline.driver.unix.ClientAddress;
import io.loomline.driver.unix.UnixPath;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The driver for Linux. Packets go by another one. */
public final class EpollDriver implements Driver, CarrierAdapting {
    private static final int DEFAULT_BACKLOG = 50;
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Driver packets;
    private final Loops loops = new Loops();

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
        return Platform.lack();
    }

    @Override
    public Channel connect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        boolean unix = AddressKind.isUnix(remote);
        if (local != null) AddressKind.requireSame(remote, local);
        SocketAddress there = SocketAddresses.destination(remote);
        byte[] address = SocketAddresses.encode(there);
        EpollLoop loop = loops.next();
        int socket = Sockets.open(remote, options);
        boolean pending;
        try {
            if (local != null) Sockets.bind(socket, SocketAddresses.encode(local));
            pending = start(socket, address, unix);
        } catch (Throwable e) {
            Libc.close(socket); // nobody else knows it
            throw e;
        }
        EpollKey key = loop.register(socket, EpollKey.INTEREST);
        try {
            while (pending && !isFinished(key, address)) key.awaitOutput();
            return key.descriptor().use(number -> connected(loop, key, number, there));
        } catch (Throwable e) {
            key.close();
            throw e;
        }
    }

    /**
     * Sets off; returns whether that is not all. When the queue of a Unix-domain listener is full
     * the kernel tells nobody when there is room again, so it has to be asked, at growing
     * intervals.
     */
    private boolean start(int socket, byte[] address, boolean unix)
            throws IOException, InterruptedException {
        long pauseNanos = SHORTEST_PAUSE_NANOS;
        int result;
        while ((result = Sockets.connect(socket, address)) == -Errno.EAGAIN && unix) {
            LockSupport.parkNanos(pauseNanos);
            if (Thread.interrupted()) throw new InterruptedException();
            loops.requireOpen();
            pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        }
        return isPending(result);
    }

    private static boolean isPending(int result) throws IOException {
        if (result == -Errno.EINPROGRESS || result == -Errno.EALREADY) return true;
        if (result < 0 && result != -Errno.EISCONN) throw Errno.ofSocket(-result);
        return false;
    }

    /** Asked again, connect(2) says what has become of it. */
    private static boolean isFinished(EpollKey key, byte[] address) throws IOException {
        int before = key.output().events();
        if (!isPending(key.descriptor().use(number -> Sockets.connect(number, address))))
            return true;
        key.output().exhausted(before);
        return false;
    }

    /**
     * A client whose port happens to be the one that it connects to, at which nobody listens, is
     * connected to itself: "simultaneous open" in RFC 9293, section 3.5.
     */
    private static Channel connected(EpollLoop loop, EpollKey key, int number, SocketAddress remote)
            throws IOException {
        SocketAddress local = Sockets.localAddress(number);
        if (local.equals(remote)) {
            throw new ConnectException("Connection refused: nobody but this client is there");
        }
        return new EpollChannel(key, loop.loneInput(key), remote, ClientAddress.of(local, remote));
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        byte[] address = SocketAddresses.encode(local);
        EpollLoop loop = loops.next();
        // what it accepts inherits the options from it, and so the window's scale fits the size
        int socket = Sockets.open(local, options);
        Runnable beforeClose = () -> {};
        try {
            if (local instanceof UnixDomainSocketAddress unix) {
                beforeClose = UnixPath.bind(unix, () -> listen(socket, address, backlog))::remove;
            } else {
                Sockets.reuseAddress(socket);
                listen(socket, address, backlog);
            }
        } catch (Throwable e) {
            Libc.close(socket);
            throw e;
        }
        EpollKey key = null;
        try {
            key = loop.register(socket, Epoll.IN);
            SocketAddress bound = key.descriptor().use(Sockets::localAddress);
            return new EpollAcceptor(
                    key, bound, (accepted, peer) -> adopt(accepted, peer, bound), beforeClose);
        } catch (Throwable e) {
            beforeClose.run();
            if (key != null) key.close();
            throw e;
        }
    }

    /** Both in one step, for a path at which nobody listens yet looks like one left behind. */
    private static void listen(int socket, byte[] address, int backlog) throws IOException {
        Sockets.bind(socket, address);
        Sockets.listen(socket, backlog < 1 ? DEFAULT_BACKLOG : backlog);
    }

    /** Makes a channel of a socket that was accepted, and closes it if that fails. */
    private Channel adopt(int accepted, byte[] address, SocketAddress listener) throws IOException {
        SocketAddress remote;
        SocketAddress local;
        EpollLoop loop;
        try {
            remote = SocketAddresses.decode(address);
            boolean any =
                    listener instanceof InetSocketAddress inet
                            && inet.getAddress().isAnyLocalAddress();
            local = any ? Sockets.localAddress(accepted) : listener;
            loop = loops.next();
        } catch (Throwable e) {
            Libc.close(accepted);
            throw e;
        }
        EpollKey key = loop.register(accepted, EpollKey.INTEREST);
        try {
            SocketAddress peer = ClientAddress.of(remote, local);
            return new EpollChannel(key, loop.loneInput(key), peer, local);
        } catch (Throwable e) {
            key.close();
            throw e;
        }
    }

    @Override
    public boolean usesHostAddresses() {
        return true;
    }

    @Override
    public PacketChannel openPackets(
            SocketAddress local, @Nullable SocketAddress remote, SocketOptions options)
            throws IOException {
        return packets.openPackets(local, remote, options);
    }

    @Override
    public void adaptCarriers() {
        loops.adaptCarriers();
    }

    @Override
    public void close() {
        loops.close();
        packets.close();
    }
}
