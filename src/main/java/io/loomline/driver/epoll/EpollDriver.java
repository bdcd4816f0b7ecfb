package io.loomline.driver.epoll;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.carrier.CarrierAdapting;
import io.loomline.driver.carrier.LoopGroup;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;
import io.loomline.driver.unix.AddressKind;
import io.loomline.driver.unix.ClientAddress;
import io.loomline.driver.unix.FullQueuePauses;
import io.loomline.driver.unix.SelfConnection;
import io.loomline.driver.unix.UnixPath;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Objects;

/** The driver for Linux. It delegates packets to another driver. */
public final class EpollDriver implements Driver, CarrierAdapting {
    private static final int DEFAULT_BACKLOG = 50;

    private final Driver packets;
    private final LoopGroup<EpollLoop> loops = new LoopGroup<>(EpollLoop::new);

    /**
     * Creates a driver that holds no resources yet.
     *
     * @param packets opens the packet channels; closed with this driver
     * @throws UnsupportedOperationException if the driver cannot run here; the message gives {@link
     *     #lack}
     */
    public EpollDriver(Driver packets) {
        this.packets = Objects.requireNonNull(packets, "packets");
        String lack = lack();
        if (lack != null) {
            throw new UnsupportedOperationException("the epoll driver cannot run here: " + lack);
        }
    }

    /**
     * Returns the reason why the driver cannot run here.
     *
     * @return the missing requirement; null if the driver can run
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
        SocketAddress destination = SocketAddresses.destination(remote);
        byte[] address = SocketAddresses.encode(destination);
        EpollLoop loop = loops.next();
        int socket = Sockets.open(remote, options);
        boolean pending;
        try {
            if (!unix) TcpOptions.forConnect(socket, options);
            if (local != null) Sockets.bind(socket, SocketAddresses.encode(local));
            pending = start(socket, address, unix);
        } catch (Throwable e) {
            Libc.close(socket);
            throw e;
        }
        EpollKey key = loop.register(socket, EpollKey.INTEREST);
        try {
            while (pending && !isFinished(key, address)) key.awaitOutput();
            return key.descriptor().use(number -> connected(loop, key, number, destination));
        } catch (Throwable e) {
            key.close();
            throw e;
        }
    }

    /** Begins to connect. Returns whether the connection is still pending. */
    private boolean start(int socket, byte[] address, boolean unix)
            throws IOException, InterruptedException {
        var pauses = new FullQueuePauses();
        int result;
        while ((result = Sockets.connect(socket, address)) == -Errno.EAGAIN && unix) {
            pauses.pause();
            loops.requireOpen();
        }
        return isPending(result);
    }

    private static boolean isPending(int result) throws IOException {
        if (result == -Errno.EINPROGRESS || result == -Errno.EALREADY) return true;
        if (result < 0 && result != -Errno.EISCONN) throw Errno.ofSocket(-result);
        return false;
    }

    /** Repeats connect(2), which returns the result of the pending attempt. */
    private static boolean isFinished(EpollKey key, byte[] address) throws IOException {
        int before = key.output().events();
        if (!isPending(key.descriptor().use(number -> Sockets.connect(number, address))))
            return true;
        key.output().exhausted(before);
        return false;
    }

    private static Channel connected(EpollLoop loop, EpollKey key, int number, SocketAddress remote)
            throws IOException {
        SocketAddress local = Sockets.localAddress(number);
        SelfConnection.refuse(local, remote);
        return new EpollChannel(key, loop, remote, ClientAddress.of(local, remote));
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        int queue = backlog < 1 ? DEFAULT_BACKLOG : backlog;
        EpollLoop loop = loops.next();
        // accepted sockets inherit the options, and their window scale fits the buffer size
        int socket = Sockets.open(local, options);
        UnixPath file = null;
        try {
            if (local instanceof UnixDomainSocketAddress unix) {
                UnixPath.Binding binding = path -> listen(socket, path, queue);
                file = UnixPath.bind(unix, options.unixFile(), binding);
            } else {
                Sockets.reuseAddress(socket);
                TcpOptions.forListen(socket, options, queue);
                listen(socket, local, queue);
            }
        } catch (Throwable e) {
            Libc.close(socket);
            throw e;
        }
        EpollAcceptor acceptor = acceptor(loop, socket, file);
        if (options.reusePort()) acceptor.portShared();
        return acceptor;
    }

    /**
     * Makes an acceptor of a listening socket, and closes the socket if that fails. The kernel's
     * name of a Unix-domain socket may be the path of an earlier step, so that of the file counts.
     */
    private EpollAcceptor acceptor(EpollLoop loop, int socket, @Nullable UnixPath file)
            throws IOException {
        EpollKey key = null;
        try {
            key = loop.register(socket, Epoll.IN);
            SocketAddress bound =
                    file == null ? key.descriptor().use(Sockets::localAddress) : file.address();
            var registration = new EpollAcceptor.Registration(loop, key, bound);
            return new EpollAcceptor(registration, each -> adopt(each, bound), file);
        } catch (Throwable e) {
            if (key != null) key.close();
            if (file != null) file.removeUnless(Sockets::isBound); // the sender may hold it
            throw e;
        }
    }

    @Override
    public Acceptor adopt(int descriptor, SocketOptions options) throws IOException {
        loops.requireOpen();
        ListeningSocket.prepare(descriptor, options);
        return adoptPrepared(descriptor, null);
    }

    /** Makes an acceptor of another program's socket, and closes the socket if that fails. */
    private Acceptor adoptPrepared(int descriptor, @Nullable UnixPath file) throws IOException {
        EpollLoop loop;
        try {
            loop = loops.next();
        } catch (Throwable e) {
            Libc.close(descriptor);
            throw e;
        }
        EpollAcceptor acceptor = acceptor(loop, descriptor, file);
        acceptor.markShared();
        return acceptor;
    }

    @Override
    public boolean passesListeners() {
        return true;
    }

    @Override
    public void sendListeners(Channel to, List<? extends Acceptor> listeners)
            throws IOException, InterruptedException {
        ListenerTransfer.send((EpollChannel) to, listeners);
    }

    @Override
    public List<Acceptor> receiveListeners(Channel from, SocketOptions options)
            throws IOException, InterruptedException {
        return ListenerTransfer.receive((EpollChannel) from, options, this::adoptPrepared);
    }

    /** Binds and listens in one step, because a bound path without a listener looks stale. */
    private static void listen(int socket, SocketAddress local, int backlog) throws IOException {
        Sockets.bind(socket, SocketAddresses.encode(local));
        Sockets.listen(socket, backlog);
    }

    /** Makes a channel of an accepted socket, and closes the socket if that fails. */
    private Channel adopt(EpollAcceptor.Accepted accepted, SocketAddress listener)
            throws IOException {
        int socket = accepted.socket();
        SocketAddress remote;
        SocketAddress local;
        EpollLoop loop;
        try {
            remote = SocketAddresses.decode(accepted.address());
            boolean any =
                    listener instanceof InetSocketAddress inet
                            && inet.getAddress().isAnyLocalAddress();
            local = any ? Sockets.localAddress(socket) : listener;
            loop = loops.next();
        } catch (Throwable e) {
            Libc.close(socket);
            throw e;
        }
        EpollKey key = loop.register(socket, EpollKey.INTEREST);
        try {
            SocketAddress peer = ClientAddress.of(remote, local);
            return new EpollChannel(key, loop, peer, local);
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
