package io.loomline.driver.epoll;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.Arrays;

/** A non-blocking listening socket. */
final class EpollAcceptor implements Acceptor {
    private final EpollKey key;
    private final SocketAddress local;
    private final Adoption adoption;
    private final Runnable beforeClose;

    /** Makes a channel of a socket that was accepted, and closes it if that fails. */
    interface Adoption {
        Channel adopt(int socket, SocketAddress remote) throws IOException;
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
            if (socket >= 0) {
                key.input().notExhausted(before);
                return adoption.adopt(
                        socket, SocketAddresses.decode(Arrays.copyOf(address, length[0])));
            }
            if (socket != -Errno.EAGAIN) throw Errno.ofSocket(-socket);
            key.input().exhausted(before);
            key.awaitInput();
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
