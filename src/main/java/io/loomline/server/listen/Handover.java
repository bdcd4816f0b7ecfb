package io.loomline.server.listen;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.UnixFile;
import io.loomline.log.ErrorText;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.net.wire.Interrupts;
import io.loomline.stream.Limits;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Offers the listening sockets of a server to its successor, a newer process. From the moment at
 * which they are sent, both processes may hold them, also if the successor never confirms.
 *
 * <pre>
 *   predecessor                         successor
 *       ◀──────── connects at the path ────
 *       ─────── the listening sockets ────▶
 *       ◀───────────── accepting ──────────   its server has started
 *   frees the path
 *       ────────────── released ──────────▶   may offer them at the path itself
 * </pre>
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Handover {
    /** How long the other process may take for its next step. */
    static final Duration STEP_LIMIT = Duration.ofSeconds(10);

    static final Limits LIMITS =
            Limits.NONE.withReadTimeout(STEP_LIMIT).withWriteTimeout(STEP_LIMIT);

    static final String ACCEPTING = "accepting";
    static final String RELEASED = "released";

    private static final Logger LOG = Loggers.of(Handover.class);

    private static final int BACKLOG = 8;

    /** After a failure that has nothing to do with the peer, such as a lack of descriptors. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Only this user, from the moment at which the file exists. */
    private static final SocketOptions OPTIONS =
            SocketOptions.DEFAULT.withUnixFile(new UnixFile("rw-------", "", ""));

    private final Driver driver;
    private final List<Acceptor> listeners;
    private final Connections connections;

    /** Those that wait for a successor at present. */
    private final Set<Acceptor> offers = ConcurrentHashMap.newKeySet();

    /**
     * Whether the server accepts no more. Written before {@link #offers} is read; never cleared.
     */
    private volatile boolean closed;

    /**
     * A hand-over of listeners.
     *
     * @param driver the driver of the listeners
     * @param listeners the acceptors of a server, which closes them
     * @param connections makes the connection to the successor
     */
    public Handover(Driver driver, List<Acceptor> listeners, Connections connections) {
        this.driver = driver;
        this.listeners = listeners;
        this.connections = connections;
    }

    /** Ends the offers: there is nothing to hand over any more. Idempotent. */
    public void close() {
        closed = true;
        offers.forEach(Acceptor::close);
    }

    /**
     * Offers the listeners until a successor accepts at them. <i>Blocks.</i>
     *
     * @param socket the path at which to offer them
     * @return true if a successor accepts; false if the server has stopped before
     * @throws IOException if the path cannot be bound; the message names it
     * @throws InterruptedException if the caller was cancelled
     * @throws UnsupportedOperationException if the driver cannot pass listeners
     */
    public boolean to(Path socket) throws IOException, InterruptedException {
        Task.checkCancelled();
        if (!driver.passesListeners()) {
            throw new UnsupportedOperationException(
                    driver.getClass().getSimpleName()
                            + " cannot pass listeners to another process: this needs the epoll"
                            + " driver");
        }
        var address = UnixDomainSocketAddress.of(socket);
        Acceptor offer = listen(address);
        try (Connection successor = awaitSuccessor(offer)) {
            if (successor == null) return false;
            LOG.info("the process at the other end of {} has taken over the listeners", socket);
            release(successor);
            return true;
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    private Acceptor listen(UnixDomainSocketAddress path) throws IOException {
        try {
            return driver.listen(path, BACKLOG, OPTIONS);
        } catch (IOException e) {
            var failure =
                    new BindException(
                            "cannot offer the listeners at %s: %s"
                                    .formatted(path, ErrorText.of(e)));
            failure.initCause(e);
            throw failure;
        }
    }

    /** Tells the successor that the path is free, as the offer is closed by now. */
    private static void release(Connection successor) throws InterruptedException {
        try {
            successor.writeLine(RELEASED);
            successor.flush();
        } catch (IOException e) {
            LOG.debug("the successor has ended, or waits for no answer", e);
        }
    }

    /**
     * Returns the connection to the process that accepts; null if the server has stopped. Closes
     * the offer in any case.
     */
    private @Nullable Connection awaitSuccessor(Acceptor offer)
            throws IOException, InterruptedException {
        offers.add(offer);
        try (offer) {
            while (!closed) {
                try {
                    Connection successor = handOver(offer.accept());
                    if (successor != null) return successor;
                } catch (ConnectionLostException e) {
                    LOG.debug("a process has gone before it was offered the listeners", e);
                } catch (IOException e) {
                    if (closed) break;
                    if (e instanceof ClosedChannelException) throw e;
                    LOG.warn("no successor can be accepted for now: {}", LogText.of(e));
                    Task.sleep(PAUSE);
                }
            }
            return null;
        } finally {
            offers.remove(offer);
        }
    }

    /** Returns the connection to the peer if that accepts; otherwise null. */
    private @Nullable Connection handOver(Channel peer) throws InterruptedException {
        boolean confirmed = false;
        try {
            driver.sendListeners(peer, listeners);
            Connection connection = connections.over(peer, LIMITS);
            confirmed = ACCEPTING.equals(connection.readLine());
            if (confirmed) return connection;
            LOG.warn("a process was offered the listeners and did not take them over");
        } catch (IOException e) {
            LOG.warn("a process has not taken over the listeners: {}", LogText.of(e));
        } finally {
            if (!confirmed) peer.abort();
        }
        return null;
    }
}
