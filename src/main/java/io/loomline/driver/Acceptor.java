package io.loomline.driver;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * Listens at an address and hands out the connections that others make to it.
 *
 * <p><i>Threads:</i> one thread accepts at a time; {@link #close} may be called from any thread.
 */
public interface Acceptor extends Closeable {
    /**
     * Waits for the next connection. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> an interrupt ends the waiting; no connection is lost by it, and the
     * acceptor goes on listening.
     *
     * @return the channel, connected
     * @throws java.nio.channels.ClosedChannelException if the acceptor is closed, or was stopped
     *     and has handed out everything
     * @throws ConnectionLostException if one connection was lost before it could be accepted; the
     *     acceptor goes on listening
     * @throws ExhaustionException if the machine has run out of what a connection needs; the
     *     acceptor goes on listening
     * @throws IOException if it failed for a reason that the driver does not know; the acceptor
     *     goes on listening
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    Channel accept() throws IOException, InterruptedException;

    /**
     * Refuses new connections from now on. {@link #accept} still hands out the connections that
     * were made before, waiting a moment for those that are under way, and then throws {@link
     * java.nio.channels.ClosedChannelException}. Idempotent, does not block; {@link #close} is
     * still due.
     *
     * <p>An acceptor that cannot do that closes itself, as this method does by default: then
     * connections that nobody has accepted are reset.
     */
    default void stop() {
        close();
    }

    /** Stops listening; connections that nobody has accepted are reset. Idempotent. */
    @Override
    void close();

    /**
     * Where it listens, with the port that was chosen.
     *
     * @return the address, also after the acceptor was closed
     */
    SocketAddress localAddress();
}
