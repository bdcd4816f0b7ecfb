package io.loomline.driver.unix;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;

/**
 * A listening kernel socket: the parts of an acceptor that do not depend on how the kernel is
 * called.
 *
 * <pre>
 *   listening ──stop──▶ draining: returns the queued connections ──close──▶ closed
 *       └───────────────────────────────close────────────────────────────────▲
 * </pre>
 *
 * <p><i>Threads:</i> as for an acceptor, one thread accepts at a time.
 *
 * @param <S> an accepted socket
 */
public abstract class SocketAcceptor<S> implements Acceptor {
    private static final Logger LOG = Loggers.of(SocketAcceptor.class);

    private final SocketAddress local;

    /** Null if the socket has none, or another program has created it. */
    private final @Nullable UnixPath file;

    /** Null while listening. Set once, by {@link #stop}; used by the accepting thread. */
    private volatile @Nullable DrainPolls drain;

    private final Holders holders = new Holders();

    /** Whether other sockets listen at the port. Set once, before the acceptor is in use. */
    private boolean portShared;

    /**
     * Creates the acceptor of a socket that listens already.
     *
     * @param local the address that it listens at
     * @param file the file of the socket, which is removed when the socket is stopped or closed, or
     *     by the last of the processes that hold it; null if there is none to remove
     */
    protected SocketAcceptor(SocketAddress local, @Nullable UnixPath file) {
        this.local = local;
        this.file = file;
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
     * Makes the kernel refuse new handshakes while the TCP socket is open.
     *
     * @return whether it does so; false if the driver cannot tell the kernel
     * @throws IOException if that fails
     */
    protected boolean refuseHandshakes() throws IOException {
        return false;
    }

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

    /**
     * Whether a socket of any process is bound to the file at a path. Only asked by an acceptor
     * whose socket was sent or received, so the default is for drivers that do neither.
     *
     * @param path the address of the file
     * @return true also if that is unknown; then the file remains
     * @throws IOException if the path is no address; then the file remains too
     */
    protected boolean isBound(UnixDomainSocketAddress path) throws IOException {
        return true;
    }

    @Override
    public final Channel accept() throws IOException, InterruptedException {
        while (true) {
            DrainPolls draining = drain;
            boolean over = draining != null && draining.isOver();
            S socket = over ? null : tryAccept();
            if (socket != null) {
                if (draining != null) draining.found();
                return adopt(socket);
            }
            if (draining == null) awaitConnection();
            else if (over || !draining.pauseAfterEmpty()) endDrain(draining);
        }
    }

    /** What is queued from now on belongs to the others that hold the socket. */
    private void endDrain(DrainPolls draining) throws IOException {
        try {
            drained();
        } catch (ClosedChannelException e) {
            draining.end();
            throw e;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Handshakes in progress are completed and no further one begins. So the queue is empty when
     * the socket is closed, and the close resets no connection. If the driver cannot refuse
     * handshakes, they are accepted until the queue stays empty or a bound is reached; then the
     * close resets a client that comes at that moment.
     *
     * <p>If other processes may have the queue too, no handshake is refused: a filter would concern
     * their listening as well, and outlive this process. Nobody knows whether they still exist. So
     * this acceptor returns what is queued, until the queue is empty once. What comes later is
     * theirs.
     */
    @Override
    public final void stop() {
        if (!holders.stop()) return;
        if (holders.areSeveral() || (portShared && PortSharing.migratesQueues())) {
            drain = DrainPolls.ofShared();
            endWaits();
            return;
        }
        boolean refuses = false;
        try {
            removeFile();
            refuses = !(local instanceof InetSocketAddress) || refuseHandshakes();
        } catch (ClosedChannelException e) {
            LOG.trace("the listener at {} is closed already", local, e);
        } catch (IOException e) {
            LOG.debug("the listener at {} accepts new handshakes until it is closed", local, e);
        } finally {
            drain = refuses ? DrainPolls.ofRefusing(local) : DrainPolls.ofAccepting(local);
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
        holders.stop();
        boolean several = holders.areSeveral();
        if (isOpen() && !several) removeFile();
        release();
        if (several && file != null) file.removeUnless(this::isBound);
    }

    private void removeFile() {
        if (file != null) file.remove();
    }

    /**
     * The file that this acceptor removes when it is the last one that holds the socket.
     *
     * @return null if there is none
     */
    public final @Nullable UnixPath file() {
        return file;
    }

    /**
     * Declares that other processes hold the socket: this one has got it from them. Such a socket
     * may go on listening when it is closed here.
     */
    public final void markShared() {
        holders.share();
    }

    /**
     * Begins to send the socket to another process. From now on it counts as {@linkplain
     * #markShared shared}.
     *
     * @return false if this acceptor is stopped or closed; then the socket must not be sent
     */
    public final boolean beginSending() {
        return holders.beginSending();
    }

    /**
     * Ends what {@link #beginSending} has begun.
     *
     * @param sent whether the other process may have the socket; if so, it remains shared
     */
    public final void endSending(boolean sent) {
        holders.endSending(sent);
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
