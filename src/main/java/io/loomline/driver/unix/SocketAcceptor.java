package io.loomline.driver.unix;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;

/**
 * A listening kernel socket: the parts of an acceptor that do not depend on how the kernel is
 * called.
 *
 * <pre>
 *   listening ──stop──▶ draining: returns the queued connections ──close──▶ closed
 *       │                                                                      ▲▲
 *       ├──stop, others have the queue──▶ left: returns no connection ──close──┘│
 *       └────────────────────────────close──────────────────────────────────────┘
 * </pre>
 *
 * <p><i>Threads:</i> as for an acceptor, one thread accepts at a time.
 *
 * @param <S> an accepted socket
 */
public abstract class SocketAcceptor<S> implements Acceptor {
    private static final Logger LOG = Loggers.of(SocketAcceptor.class);

    private final SocketAddress local;
    private final Runnable beforeClose;

    /** Null while listening. Set once, by {@link #stop}; used by the accepting thread. */
    private volatile @Nullable DrainPolls drain;

    /** Whether another process holds the socket. Set by any thread, read by stop and close. */
    private volatile boolean shared;

    /** Whether other sockets listen at the port. Set once, before the acceptor is in use. */
    private boolean portShared;

    /**
     * Creates the acceptor of a socket that listens already.
     *
     * @param local the address that it listens at
     * @param beforeClose runs before the socket is stopped or closed, maybe several times
     */
    protected SocketAcceptor(SocketAddress local, Runnable beforeClose) {
        this.local = local;
        this.beforeClose = beforeClose;
    }

    /**
     * Takes a connection from the queue. Never blocks.
     *
     * @return the connection's socket; null if the queue is empty
     * @throws IOException as {@link #accept} does
     */
    protected abstract @Nullable S tryAccept() throws IOException;

    /**
     * Makes a channel of an accepted socket, and closes the socket if that fails.
     *
     * @param socket the socket
     * @return the channel
     * @throws IOException if the channel cannot be made
     */
    protected abstract Channel adopt(S socket) throws IOException;

    /**
     * Waits until the queue is not empty, the socket is closed, or {@link #endWaits} was called.
     * <i>Blocks.</i> May return early for no reason.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    protected abstract void awaitConnection() throws InterruptedException;

    /** Makes the current and all later calls of {@link #awaitConnection} return at once. */
    protected abstract void endWaits();

    /**
     * Makes the kernel refuse new handshakes while the socket is open. Does nothing if this kind of
     * socket cannot.
     *
     * @throws IOException if that fails
     */
    protected void refuseHandshakes() throws IOException {}

    /**
     * Reacts to a queue that has stayed empty since the acceptor was stopped. The acceptor polls
     * again if this returns.
     *
     * @throws IOException to end the drain
     */
    protected void drained() throws IOException {
        throw new ClosedChannelException();
    }

    /**
     * Whether the socket is open.
     *
     * @return false once it was closed
     */
    protected abstract boolean isOpen();

    /** Closes the socket, wakes the accepting thread, and returns when the port is free. */
    protected abstract void release();

    @Override
    public final Channel accept() throws IOException, InterruptedException {
        while (true) {
            DrainPolls draining = drain;
            if (draining == DrainPolls.NONE) throw new ClosedChannelException();
            S socket = tryAccept();
            if (socket != null) {
                if (draining != null) draining.found();
                return adopt(socket);
            }
            if (draining == null) awaitConnection();
            else if (!draining.pauseAfterEmpty()) drained();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Handshakes in progress are completed and no further one begins. So the queue is empty when
     * the socket is closed, and the close resets no connection. If others have the queue, it is
     * left to them, and no handshake is refused: a filter would concern their listening too.
     */
    @Override
    public final void stop() {
        if (drain != null) return;
        if (shared || (portShared && PortSharing.migratesQueues())) {
            drain = DrainPolls.NONE;
            endWaits();
            return;
        }
        try {
            beforeClose.run();
            refuseHandshakes();
        } catch (ClosedChannelException e) {
            LOG.trace("the listener at {} is closed already", local, e);
        } catch (IOException e) {
            LOG.debug("the listener at {} accepts new handshakes until it is closed", local, e);
        } finally {
            drain = new DrainPolls(local);
            endWaits();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Returns when the port is free: the kernel listens until the descriptor is freed.
     */
    @Override
    public final void close() {
        if (isOpen() && !shared) beforeClose.run();
        release();
    }

    @Override
    public final void shared(boolean shared) {
        this.shared = shared;
    }

    /** Declares that sockets of other processes may listen at the same port: SO_REUSEPORT. */
    public final void portShared() {
        portShared = local instanceof InetSocketAddress;
        if (portShared) PortSharing.warnUnlessQueuesMigrate(local);
    }

    @Override
    public final SocketAddress localAddress() {
        return local;
    }
}
