package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * Receives and sends packets, each of which arrives whole or not at all.
 *
 * <p><i>Threads:</i> at most one thread receives (and waits to receive) at a time, and one sends;
 * {@link #close} may be called from any thread at any time. When the channel is closed, those who
 * wait return, and what they try next throws {@link java.nio.channels.ClosedChannelException}.
 */
public interface PacketChannel extends Closeable {
    /**
     * Takes the next packet. Never blocks. What does not fit into the target is lost; so whoever
     * must know offers a byte more than is allowed.
     *
     * @param target where to
     * @return who sent it; null if there is none now
     * @throws IOException if the channel is closed; or if an earlier packet has not reached its
     *     receiver, and the channel stays usable
     */
    @Nullable SocketAddress tryReceive(ByteBuffer target) throws IOException;

    /**
     * Sends what remains in the source as one packet. Never blocks.
     *
     * @param source the packet; consumed if it was taken
     * @param receiver where to; where the channel has one peer, that one
     * @return false if it cannot be taken now
     * @throws IOException if the channel is closed, the packet is longer than packets can be, or an
     *     earlier one has not reached its receiver; the channel stays usable
     */
    boolean trySend(ByteBuffer source, SocketAddress receiver) throws IOException;

    /**
     * Waits until {@link #tryReceive} is worth trying. <i>Blocks.</i> May return early without a
     * reason.
     *
     * <p><i>Cancellation:</i> an interrupt ends the waiting; the channel stays as usable as before.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitReadable() throws InterruptedException;

    /**
     * Waits until {@link #trySend} is worth trying. <i>Blocks.</i> May return early without a
     * reason.
     *
     * <p><i>Cancellation:</i> an interrupt ends the waiting; the channel stays as usable as before.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    void awaitWritable() throws InterruptedException;

    /** Frees the channel; packets that nobody has received are dropped. Idempotent, no wait. */
    @Override
    void close();

    /**
     * Where it receives, with the port that was chosen.
     *
     * @return the address, also after the channel was closed
     */
    SocketAddress localAddress();
}
