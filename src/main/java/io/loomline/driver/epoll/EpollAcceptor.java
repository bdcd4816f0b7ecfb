package io.loomline.driver.epoll;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.unix.DrainPolls;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;

/**
 * A non-blocking listening socket.
 *
 * <pre>
 *   listening ──stop──▶ stopping: hands out what is queued ──close──▶ closed
 *       └─────────────────────────close────────────────────────────────┘
 * </pre>
 */
final class EpollAcceptor implements Acceptor {
    private static final Logger LOG = Loggers.of(EpollAcceptor.class);

    private final EpollKey key;
    private final SocketAddress local;
    private final Adoption adoption;
    private final Runnable beforeClose;

    /** Set once, by {@link #stop}; used by the one that accepts. */
    private volatile @Nullable DrainPolls lastLooks;

    /**
     * Makes a channel of a socket that was accepted, and closes it if that fails. The address is
     * the peer's, as the kernel wrote it.
     */
    interface Adoption {
        Channel adopt(int socket, byte[] address) throws IOException;
    }

    EpollAcceptor(EpollKey key, SocketAddress local, Adoption adoption, Runnable beforeClose) {
        this.key = key;
        this.local = local;
        this.adoption = adoption;
        this.beforeClose = beforeClose;
    }

    @Override
    public Channel accept() throws IOException, InterruptedException {
        var address = new byte[SocketAddresses.MAX_BYTES];
        var length = new int[1];
        while (true) {
            int before = key.input().events();
            int socket = acceptNow(address, length);
            DrainPolls looks = lastLooks;
            if (socket >= 0) {
                if (looks != null) looks.found();
                key.input().notExhausted(before);
                return adopt(socket, address, length[0]);
            }
            if (socket != -Errno.EAGAIN) throw Errno.ofAccept(-socket);
            key.input().exhausted(before);
            if (looks == null) key.awaitInput();
            else if (!looks.again()) throw new ClosedChannelException();
        }
    }

    private int acceptNow(byte[] address, int[] length) throws IOException {
        Descriptor descriptor = key.descriptor();
        int number = descriptor.enter();
        try {
            int socket;
            do socket = Sockets.accept(number, address, length);
            while (socket == -Errno.EINTR);
            return socket;
        } finally {
            descriptor.exit();
        }
    }

    private Channel adopt(int socket, byte[] buffer, int length) throws IOException {
        byte[] address;
        try {
            address = Arrays.copyOf(buffer, length);
        } catch (Throwable e) { // no memory for it
            Libc.close(socket);
            throw e;
        }
        try {
            return adoption.adopt(socket, address);
        } catch (IOException e) {
            throw Errno.ofAdoption(e);
        }
    }

    /**
     * Handshakes that are under way come to their end, and no further one begins, so that the queue
     * is empty when the socket is closed, which would reset whoever is in it.
     */
    @Override
    public void stop() {
        if (lastLooks != null) return;
        try {
            beforeClose.run();
            if (local instanceof InetSocketAddress) {
                key.descriptor().use(Sockets::refuseHandshakes);
            }
        } catch (ClosedChannelException e) {
            LOG.trace("the listener at {} is closed already", local, e);
        } catch (IOException e) {
            LOG.debug("the listener at {} takes new handshakes until it is closed", local, e);
        } finally {
            lastLooks = new DrainPolls(local);
            key.input().end();
        }
    }

    /** When it returns the port is free: the kernel listens until the descriptor is gone. */
    @Override
    public void close() {
        if (!key.descriptor().isClosed()) beforeClose.run();
        key.close();
        key.descriptor().awaitFreed();
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
