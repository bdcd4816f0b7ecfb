package io.loomline.driver.nio;

import io.loomline.driver.Channel;
import io.loomline.driver.ExhaustionException;
import io.loomline.driver.unix.SocketAcceptor;
import io.loomline.driver.unix.UnixPath;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.InvalidPathException;

/** A listening socket of the JDK. */
final class NioAcceptor extends SocketAcceptor<SocketChannel> {
    private static final Logger LOG = Loggers.of(NioAcceptor.class);

    private final NioLoop loop;
    private final ServerSocketChannel socket;
    private final NioKey key;
    private final Adoption adoption;

    /** Whether the selector has released the socket. Confined to the accepting thread. */
    private boolean released;

    /** Makes a channel of an accepted socket, and closes the socket if that fails. */
    interface Adoption {
        Channel adopt(SocketChannel accepted) throws IOException;
    }

    /**
     * A listening socket.
     *
     * @param address its address; for a Unix-domain socket, the kernel's name of it may be another
     * @param file the file of a Unix-domain socket, which is removed with it; null if there is none
     */
    record Bound(ServerSocketChannel socket, SocketAddress address, @Nullable UnixPath file) {}

    /** Takes ownership of a bound socket, unless this fails. */
    NioAcceptor(NioLoop loop, Bound bound, Adoption adoption) throws IOException {
        super(bound.address(), bound.file());
        this.loop = loop;
        this.socket = bound.socket();
        this.adoption = adoption;
        socket.configureBlocking(false);
        key = NioKey.register(loop, socket, SelectionKey.OP_ACCEPT, 0);
    }

    /**
     * Distinguishes the errors of one connection from a lack of resources by a second try. The JDK
     * reports no error number, only text in the system's language. But an error of one connection
     * has removed that from the queue, whereas a lack of descriptors or memory persists.
     */
    @Override
    protected @Nullable SocketChannel tryAccept() throws IOException {
        try {
            return acceptOnce();
        } catch (ClosedChannelException | UnusablePathException e) {
            throw e;
        } catch (IOException e) {
            LOG.debug(
                    "a connection may have been lost before it was accepted at {}",
                    localAddress(),
                    e);
        }
        try {
            return acceptOnce();
        } catch (ClosedChannelException | UnusablePathException e) {
            throw e;
        } catch (IOException e) {
            throw new ExhaustionException(ErrorText.of(e), e);
        }
    }

    private @Nullable SocketChannel acceptOnce() throws IOException {
        try {
            return socket.accept();
        } catch (InvalidPathException e) {
            throw new UnusablePathException(e);
        }
    }

    /** The JDK cannot represent a client's path and leaks the accepted descriptor. */
    private static final class UnusablePathException extends SocketException {
        private static final long serialVersionUID = 1;

        UnusablePathException(InvalidPathException cause) {
            super(
                    "a client's path is not in the system's character set: the JDK rejects it and"
                            + " leaks its descriptor; use the epoll driver or a UTF-8 locale",
                    cause);
        }
    }

    @Override
    protected Channel adopt(SocketChannel accepted) throws IOException {
        return adoption.adopt(accepted);
    }

    @Override
    protected void awaitConnection() throws InterruptedException {
        key.awaitInput();
    }

    @Override
    protected void endWaits() {
        key.endInput();
    }

    /**
     * First removes the socket from the selector, which would keep the kernel listening until the
     * loop's next iteration after the close. So very little time passes between the last poll and
     * the close.
     */
    @Override
    protected void drained() throws IOException {
        if (released) {
            socket.close();
            throw new ClosedChannelException();
        }
        released = true;
        key.deregister();
        loop.awaitRelease();
    }

    @Override
    protected boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    protected void release() {
        key.close(localAddress());
        loop.awaitRelease();
    }
}
