package io.loomline.driver.nio;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A non-blocking listening socket. */
final class NioAcceptor implements Acceptor {
    private static final Logger LOG = LoggerFactory.getLogger(NioAcceptor.class);

    private final NioLoop loop;
    private final ServerSocketChannel socket;
    private final NioKey key;
    private final LoopChoice loops;
    private final SocketAddress local;

    /** Picks the loop that a new channel goes to. */
    interface LoopChoice {
        NioLoop next() throws IOException;
    }

    /** Takes over a bound socket, and closes it if that fails. */
    NioAcceptor(NioLoop loop, LoopChoice loops, ServerSocketChannel socket) throws IOException {
        this.loop = loop;
        this.socket = socket;
        this.loops = loops;
        try {
            socket.configureBlocking(false);
            local = socket.getLocalAddress();
            key = NioKey.register(loop, socket, SelectionKey.OP_ACCEPT, 0);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public Channel accept() throws IOException, InterruptedException {
        SocketChannel accepted;
        while ((accepted = socket.accept()) == null) key.awaitInput();
        return new NioChannel(loopFor(accepted), accepted);
    }

    private NioLoop loopFor(SocketChannel accepted) throws IOException {
        try {
            return loops.next();
        } catch (IOException e) {
            accepted.close();
            throw e;
        }
    }

    /** When it returns the port is free: the kernel listens until the descriptor is gone. */
    @Override
    public void close() {
        try {
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
