package io.loomline.driver.nio;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.PacketChannel;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.carrier.CarrierAdapting;
import io.loomline.driver.carrier.CarrierControl;
import io.loomline.driver.carrier.Carriers;
import io.loomline.driver.unix.UnixPath;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The portable driver. */
public final class NioDriver implements Driver, CarrierAdapting {
    /** One loop keeps about four carriers busy; a second one on a small machine only costs. */
    private static final int CARRIERS_PER_LOOP = 4;

    /** strerror(3) of EPROTOTYPE, in English: a socket of another type has the path. */
    private static final String OTHER_TYPE = "Protocol wrong type for socket";

    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private volatile CarrierControl carriers = CarrierControl.fixed();
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger turn = new AtomicInteger();

    // written under the lock
    /** Empty until the first channel, so that an unused driver holds no descriptor. */
    private volatile List<NioLoop> loops = List.of();

    private volatile boolean closed;

    /** Creates a driver that holds nothing yet. */
    public NioDriver() {}

    @Override
    public Channel connect(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        long pauseNanos = SHORTEST_PAUSE_NANOS;
        while (true) {
            try {
                return connectNow(remote, local, options);
            } catch (SocketException e) {
                if (!isQueueFull(remote, e)) throw e;
                requireOpen();
                LockSupport.parkNanos(pauseNanos);
                if (Thread.interrupted()) throw new InterruptedException();
                pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
            }
        }
    }

    /**
     * Whether the queue of a Unix-domain listener is full. The kernel tells nobody when there is
     * room again, so it has to be asked, at growing intervals. The JDK tells no number, and the
     * text is in the language of the system; but of what else connect(2) may say it makes a more
     * special exception, or it comes of a path that is no socket, or not for us.
     */
    private static boolean isQueueFull(SocketAddress remote, SocketException e) {
        return e.getClass() == SocketException.class
                && remote instanceof UnixDomainSocketAddress unix
                && !OTHER_TYPE.equals(e.getMessage())
                && UnixPath.isSocket(unix)
                && Files.isWritable(unix.getPath());
    }

    private Channel connectNow(
            SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        NioLoop loop = nextLoop();
        SocketChannel socket = NioSockets.toConnect(remote, local, options);
        NioKey key = null;
        try {
            key = NioKey.register(loop, socket, 0, SelectionKey.OP_CONNECT);
            if (!socket.connect(remote)) {
                while (!socket.finishConnect()) key.awaitOutput();
            }
            refuseOneself(socket);
        } catch (UnsupportedAddressTypeException e) {
            abandon(socket, key);
            throw NioSockets.unsupported(remote, e);
        } catch (Throwable e) {
            abandon(socket, key);
            throw e;
        }
        return new NioChannel(loop, socket);
    }

    /**
     * A client whose port happens to be the one that it connects to, at which nobody listens, is
     * connected to itself: "simultaneous open" in RFC 9293, section 3.5.
     */
    private static void refuseOneself(SocketChannel socket) throws IOException {
        if (!socket.getLocalAddress().equals(socket.getRemoteAddress())) return;
        throw new ConnectException("Connection refused: nobody but this client is there");
    }

    private static void abandon(SocketChannel socket, @Nullable NioKey key) throws IOException {
        socket.close();
        if (key != null) key.wakeAll();
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        NioLoop loop = nextLoop();
        ServerSocketChannel socket = NioSockets.toListen(local, options);
        Runnable beforeClose = () -> {};
        try {
            if (local instanceof UnixDomainSocketAddress unix) {
                beforeClose = UnixPath.bind(unix, () -> socket.bind(unix, backlog))::remove;
            } else {
                socket.bind(local, backlog);
            }
            return new NioAcceptor(loop, socket, accepted -> adopt(accepted, options), beforeClose);
        } catch (UnsupportedAddressTypeException e) {
            socket.close();
            throw NioSockets.unsupported(local, e);
        } catch (Throwable e) {
            beforeClose.run();
            socket.close();
            throw e;
        }
    }

    /** Makes a channel of a socket that was accepted, and closes it if that fails. */
    private Channel adopt(SocketChannel accepted, SocketOptions options) throws IOException {
        try {
            accepted.configureBlocking(false);
            NioSockets.set(accepted, options);
            return new NioChannel(nextLoop(), accepted);
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
        NioLoop loop = nextLoop();
        return new NioPacketChannel(loop, NioSockets.forPackets(local, remote, options));
    }

    @Override
    public void adaptCarriers() {
        carriers = CarrierControl.adaptiveFor(this);
    }

    private NioLoop nextLoop() throws IOException {
        List<NioLoop> present = loops;
        requireOpen();
        if (present.isEmpty()) present = start();
        return present.get(Math.floorMod(turn.getAndIncrement(), present.size()));
    }

    private void requireOpen() throws IOException {
        if (closed) throw new IOException("the driver is closed");
    }

    private List<NioLoop> start() throws IOException {
        lock.lock();
        try {
            requireOpen();
            if (!loops.isEmpty()) return loops;
            List<NioLoop> made = new ArrayList<>();
            try {
                for (int i = 0; i < Math.ceilDiv(Carriers.COUNT, CARRIERS_PER_LOOP); i++) {
                    var loop = new NioLoop(i, carriers);
                    loop.start();
                    made.add(loop);
                }
            } catch (Throwable e) {
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
            CarrierControl.release(this);
        } finally {
            lock.unlock();
        }
    }
}
