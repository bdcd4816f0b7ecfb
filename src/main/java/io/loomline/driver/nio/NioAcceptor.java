package io.loomline.driver.nio;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.ExhaustionException;
import io.loomline.driver.unix.DrainPolls;
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

/**
 * A non-blocking listening socket.
 *
 * <pre>
 *   listening ──stop──▶ stopping: hands out what is queued ──close──▶ closed
 *       └─────────────────────────close────────────────────────────────┘
 * </pre>
 */
final class NioAcceptor implements Acceptor {
    private static final Logger LOG = Loggers.of(NioAcceptor.class);

    private final NioLoop loop;
    private final ServerSocketChannel socket;
    private final NioKey key;
    private final Adoption adoption;
    private final Runnable beforeClose;
    private final SocketAddress local;

    /** Set once, by {@link #stop}; used by the one that accepts. */
    private volatile @Nullable DrainPolls lastLooks;

    /** Whether the selector has let go of the socket. Of the one that accepts. */
    private boolean released;

    /** Makes a channel of a socket that was accepted, and closes it if that fails. */
    interface Adoption {
        Channel adopt(SocketChannel accepted) throws IOException;
    }

    /** Takes over a bound socket; if that fails, it is still the caller's. */
    NioAcceptor(NioLoop loop, ServerSocketChannel socket, Adoption adoption, Runnable beforeClose)
            throws IOException {
        this.loop = loop;
        this.socket = socket;
        this.adoption = adoption;
        this.beforeClose = beforeClose;
        socket.configureBlocking(false);
        local = socket.getLocalAddress();
        key = NioKey.register(loop, socket, SelectionKey.OP_ACCEPT, 0);
    }

    @Override
    public Channel accept() throws IOException, InterruptedException {
        while (true) {
            SocketChannel accepted = acceptNow();
            DrainPolls looks = lastLooks;
            if (accepted != null && looks != null) looks.found();
            if (accepted != null) return adoption.adopt(accepted);
            if (looks == null) key.awaitInput();
            else if (!looks.again()) releaseOrEnd();
        }
    }

    /**
     * The socket leaves the selector, which would keep the kernel listening until the loop's next
     * turn after the close; so only a moment is between the very last look and the close.
     */
    private void releaseOrEnd() throws IOException {
        if (released) {
            socket.close();
            throw new ClosedChannelException();
        }
        released = true;
        key.deregister();
        loop.awaitRelease();
    }

    /**
     * The JDK tells no number, and the text is in the language of the system. But an error of one
     * connection has taken that off the queue, while a lack of descriptors or memory is there when
     * asked again.
     */
    private @Nullable SocketChannel acceptNow() throws IOException {
        try {
            return socket.accept();
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            LOG.debug("a connection may have been lost before it was accepted at {}", local, e);
        } catch (InvalidPathException e) {
            throw leaked(e);
        }
        try {
            return socket.accept();
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new ExhaustionException(ErrorText.of(e), e);
        } catch (InvalidPathException e) {
            throw leaked(e);
        }
    }

    private static SocketException leaked(InvalidPathException e) {
        return new SocketException(
                "a client's path is not of the system's character set: the JDK refuses it, and"
                        + " keeps its descriptor; the epoll driver, or a locale of UTF-8, does not",
                e);
    }

    @Override
    public void stop() {
        if (lastLooks != null) return;
        beforeClose.run();
        lastLooks = new DrainPolls(local);
        key.endInput();
    }

    /** When it returns the port is free: the kernel listens until the descriptor is gone. */
    @Override
    public void close() {
        try {
            if (socket.isOpen()) beforeClose.run();
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing the listener at {} failed", local, e);
        }
        key.wakeAll();
        loop.awaitRelease();
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
