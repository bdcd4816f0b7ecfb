package io.loomline.driver.nio;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.carrier.CarrierAdapting;
import io.loomline.driver.carrier.LoopGroup;
import io.loomline.driver.unix.FullQueuePauses;
import io.loomline.driver.unix.SelfConnection;
import io.loomline.driver.unix.UnixPath;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;

/** The portable driver. */
public final class NioDriver implements Driver, CarrierAdapting {
    /** The English text of EPROTOTYPE: the path is that of a socket of another type. */
    private static final String OTHER_TYPE = "Protocol wrong type for socket";

    private final LoopGroup<NioLoop> loops = new LoopGroup<>(NioLoop::new);

    /** Creates a driver that holds no resources yet. */
    public NioDriver() {}

    @Override
    public Channel connect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        var pauses = new FullQueuePauses();
        while (true) {
            try {
                return connectOnce(remote, local, options);
            } catch (SocketException e) {
                if (!isQueueFull(remote, e)) throw e;
                pauses.pause();
            }
        }
    }

    /**
     * Whether the queue of a Unix-domain listener is full. The JDK reports no error number, only
     * text in the system's language. For other errors of connect(2) it throws a more specific
     * exception, or the path is not that of a socket that this process may use.
     */
    private static boolean isQueueFull(SocketAddress remote, SocketException e) {
        return e.getClass() == SocketException.class
                && remote instanceof UnixDomainSocketAddress unix
                && !OTHER_TYPE.equals(e.getMessage())
                && UnixPath.isSocket(unix)
                && Files.isWritable(unix.getPath());
    }

    private Channel connectOnce(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        NioLoop loop = loops.next();
        SocketChannel socket = NioSockets.toConnect(remote, local, options);
        try {
            NioKey key = NioKey.register(loop, socket, 0, SelectionKey.OP_CONNECT);
            if (!socket.connect(remote)) {
                while (!socket.finishConnect()) key.awaitOutput();
            }
            SelfConnection.refuse(socket.getLocalAddress(), socket.getRemoteAddress());
            return NioChannel.adopt(loop, socket, socket.getLocalAddress());
        } catch (UnsupportedAddressTypeException e) {
            abandon(loop, socket);
            throw NioSockets.unsupported(remote, e);
        } catch (Throwable e) {
            abandon(loop, socket);
            throw e;
        }
    }

    /** Closes a socket, and wakes the loop to free its descriptor. */
    private static void abandon(NioLoop loop, SocketChannel socket) throws IOException {
        socket.close();
        loop.nudge();
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        NioLoop loop = loops.next();
        ServerSocketChannel socket = NioSockets.toListen(local, options);
        UnixPath file = null;
        try {
            SocketAddress bound = local;
            if (local instanceof UnixDomainSocketAddress unix) {
                UnixPath.Binding binding = path -> socket.bind(path, backlog);
                file = UnixPath.bind(unix, options.unixFile(), binding);
            } else {
                bound = socket.bind(local, backlog).getLocalAddress();
            }
            SocketAddress listener = bound;
            var acceptor =
                    new NioAcceptor(
                            loop,
                            new NioAcceptor.Bound(socket, bound, file),
                            accepted -> adopt(accepted, options, listener));
            if (options.reusePort()) acceptor.portShared();
            return acceptor;
        } catch (UnsupportedAddressTypeException e) {
            socket.close();
            throw NioSockets.unsupported(local, e);
        } catch (Throwable e) {
            if (file != null) file.remove();
            socket.close();
            throw e;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The JDK accepts at descriptor 0 only, its {@linkplain System#inheritedChannel() inherited
     * channel}. When that is closed, the JDK also discards what the process prints from then on.
     */
    @Override
    public Acceptor adopt(int descriptor, SocketOptions options) throws IOException {
        if (descriptor != 0 || !(System.inheritedChannel() instanceof ServerSocketChannel socket)) {
            throw new UnsupportedOperationException(
                    "the portable driver cannot accept at descriptor "
                            + descriptor
                            + ": use the epoll driver, or pass the listener as descriptor 0");
        }
        SocketAddress local = socket.getLocalAddress();
        var acceptor =
                new NioAcceptor(
                        loops.next(),
                        new NioAcceptor.Bound(socket, local, null),
                        accepted -> adopt(accepted, options, local));
        acceptor.markShared();
        return acceptor;
    }

    /** Makes a channel of an accepted socket, and closes the socket if that fails. */
    private Channel adopt(SocketChannel accepted, SocketOptions options, SocketAddress listener)
            throws IOException {
        try {
            accepted.configureBlocking(false);
            NioSockets.set(accepted, options);
            boolean unix = listener instanceof UnixDomainSocketAddress;
            SocketAddress local = unix ? listener : accepted.getLocalAddress();
            return NioChannel.adopt(loops.next(), accepted, local);
        } catch (IOException e) {
            accepted.close();
            throw NioSockets.ofAdoption(e);
        } catch (Throwable e) {
            accepted.close();
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
        NioLoop loop = loops.next();
        return new NioPacketChannel(loop, NioSockets.forPackets(local, remote, options));
    }

    @Override
    public void adaptCarriers() {
        loops.adaptCarriers();
    }

    @Override
    public void close() {
        loops.close();
    }
}
