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
     * @throws java.nio.channels.ClosedChannelException if the acceptor is closed
     * @throws IOException if this connection was lost before it could be accepted, or the machine
     *     has run out of what a connection needs; the acceptor goes on listening
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    Channel accept() throws IOException, InterruptedException;

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
