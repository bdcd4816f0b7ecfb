package io.loomline.driver.epoll;

import io.loomline.driver.Channel;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;
import io.loomline.driver.unix.SocketAcceptor;
import io.loomline.driver.unix.UnixPath;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;

/** A non-blocking listening socket. */
final class EpollAcceptor extends SocketAcceptor<EpollAcceptor.Accepted> {
    private final EpollLoop loop;
    private final EpollKey key;
    private final Adoption adoption;

    // confined to the accepting thread
    private final byte[] address = new byte[SocketAddresses.MAX_BYTES];
    private final int[] addressLength = new int[1];

    /** An accepted socket, and the peer's address as the kernel wrote it. */
    @SuppressWarnings("ArrayRecordComponent") // instances are not compared
    record Accepted(int socket, byte[] address) {}

    /** Makes a channel of an accepted socket, and closes the socket if that fails. */
    interface Adoption {
        Channel adopt(Accepted accepted) throws IOException;
    }

    /**
     * The registration of a listening socket.
     *
     * @param loop the loop that it is registered with
     * @param key the registration, which owns the socket
     * @param local the address that it listens at
     */
    record Registration(EpollLoop loop, EpollKey key, SocketAddress local) {}

    EpollAcceptor(Registration registration, Adoption adoption, @Nullable UnixPath file) {
        super(registration.local(), file);
        this.loop = registration.loop();
        this.key = registration.key();
        this.adoption = adoption;
    }

    Descriptor descriptor() {
        return key.descriptor();
    }

    @Override
    protected @Nullable Accepted tryAccept() throws IOException {
        int before = key.input().events();
        int socket = accept4();
        if (socket == -Errno.EAGAIN) {
            key.input().exhausted(before);
            return null;
        }
        if (socket < 0) throw Errno.ofAccept(-socket);
        key.input().notExhausted(before);
        try {
            return new Accepted(socket, Arrays.copyOf(address, addressLength[0]));
        } catch (Throwable e) { // such as a lack of memory
            Libc.close(socket);
            throw e;
        }
    }

    private int accept4() throws IOException {
        Descriptor descriptor = key.descriptor();
        int number = descriptor.enter();
        try {
            int socket;
            do socket = Sockets.accept(number, address, addressLength);
            while (socket == -Errno.EINTR);
            return socket;
        } finally {
            descriptor.exit();
        }
    }

    @Override
    protected Channel adopt(Accepted accepted) throws IOException {
        try {
            return adoption.adopt(accepted);
        } catch (IOException e) {
            throw Errno.ofAdoption(e);
        }
    }

    @Override
    protected void awaitConnection() throws InterruptedException {
        key.awaitInput();
    }

    @Override
    protected void endWaits() {
        key.input().end();
    }

    @Override
    protected boolean refuseHandshakes() throws IOException {
        key.descriptor().use(Sockets::refuseHandshakes);
        return true;
    }

    @Override
    protected boolean isOpen() {
        return !key.descriptor().isClosed();
    }

    @Override
    protected boolean isBound(UnixDomainSocketAddress path) throws IOException {
        return Sockets.isBound(path);
    }

    @Override
    protected void release() {
        loop.deregister(key); // the events of a socket that another process holds would go on
        key.close();
        key.descriptor().awaitFreed();
    }
}
