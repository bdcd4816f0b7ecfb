package io.loomline.driver;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * A listener at one address that returns the connections made to it.
 *
 * <p><i>Threads:</i> one thread accepts at a time; {@link #close} may be called from any thread.
 */
public interface Acceptor extends Closeable {
    /**
     * Waits for the next connection and returns it. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait. No connection is lost, and the acceptor
     * keeps listening.
     *
     * @return the connected channel
     * @throws java.nio.channels.ClosedChannelException if the acceptor is closed, or is stopped and
     *     has returned every queued connection
     * @throws ConnectionLostException if a connection was lost before it could be accepted; the
     *     acceptor keeps listening
     * @throws ExhaustionException if the machine has run out of a resource that a connection needs;
     *     the acceptor keeps listening
     * @throws IOException if accepting failed for a reason that the driver does not know; the
     *     acceptor keeps listening
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    Channel accept() throws IOException, InterruptedException;

    /**
     * Refuses new connections from now on. {@link #accept} still returns the connections that are
     * queued, waiting briefly for handshakes in progress. Then it throws {@link
     * java.nio.channels.ClosedChannelException}. Idempotent, does not block. The acceptor must
     * still be closed.
     *
     * <p>Other processes may hold the listening socket too, because it was {@linkplain Driver#adopt
     * inherited}, {@linkplain Driver#sendListeners sent} or {@linkplain Driver#receiveListeners
     * received}. Then nothing is refused, as they may go on listening. {@link #accept} returns what
     * is queued, and what comes later is left to them.
     *
     * <p>The default closes the acceptor, which resets the queued connections. It is for acceptors
     * that cannot refuse connections while they are open.
     */
    default void stop() {
        close();
    }

    /**
     * Stops listening and resets the queued connections. A socket that other processes hold too
     * goes on listening, with its queue. The file of a Unix-domain socket is removed, by the last
     * process that holds the socket, unless the socket was {@linkplain Driver#adopt inherited}.
     * Idempotent.
     */
    @Override
    void close();

    /**
     * The address that this acceptor listens at, with the port that was chosen.
     *
     * @return the address, also after the acceptor was closed
     */
    SocketAddress localAddress();
}
