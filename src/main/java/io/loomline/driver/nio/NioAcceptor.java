package io.loomline.driver.nio;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A non-blocking listening socket. */
final class NioAcceptor implements Acceptor {
    private static final Logger LOG = Loggers.of(NioAcceptor.class);

    private final NioLoop loop;
    private final ServerSocketChannel socket;
    private final NioKey key;
    private final Adoption adoption;
    private final Runnable beforeClose;
    private final SocketAddress local;

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
        SocketChannel accepted;
        while ((accepted = socket.accept()) == null) key.awaitInput();
        return adoption.adopt(accepted);
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
