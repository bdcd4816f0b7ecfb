package io.loomline.driver;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/**
 * A way to move bytes: connects channels and opens acceptors. A runtime owns its driver and closes
 * it.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public interface Driver extends AutoCloseable {
    /**
     * Connects to an address. <i>Blocks</i> until the peer has accepted or refused.
     *
     * <p><i>Cancellation:</i> an interrupt ends the attempt and frees its resources.
     *
     * @param remote the address to connect to, resolved
     * @param local the address to connect from; null lets the driver choose
     * @param options the options of the channel
     * @return the connected channel
     * @throws ExhaustionException if the machine has run out of a resource that a connection needs
     * @throws IOException if the connection cannot be made, or the driver is closed
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws IllegalArgumentException if the driver cannot connect to addresses of this kind, or
     *     not from a local address of that kind
     * @throws UnsupportedOperationException if the driver or the platform lacks an option; the
     *     message names it
     */
    Channel connect(SocketAddress remote, @Nullable SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException;

    /**
     * Connects to an address with {@link SocketOptions#DEFAULT}, from an address that the driver
     * chooses. <i>Blocks.</i>
     *
     * @param remote the address to connect to, resolved
     * @return the connected channel
     * @throws IOException if the connection cannot be made, or the driver is closed
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws IllegalArgumentException if the driver cannot connect to addresses of this kind
     */
    default Channel connect(SocketAddress remote) throws IOException, InterruptedException {
        return connect(remote, null, SocketOptions.DEFAULT);
    }

    /**
     * Listens at an address.
     *
     * @param local the address to listen at; port 0 chooses a free one
     * @param backlog how many connections may wait to be accepted; a hint
     * @param options the options of the accepted channels
     * @return the listening acceptor
     * @throws IOException if the address cannot be bound, or the driver is closed
     * @throws IllegalArgumentException if the driver cannot listen at addresses of this kind
     * @throws UnsupportedOperationException if the driver or the platform lacks an option; the
     *     message names it
     */
    Acceptor listen(SocketAddress local, int backlog, SocketOptions options) throws IOException;

    /**
     * Listens at an address, with {@link SocketOptions#DEFAULT}.
     *
     * @param local the address to listen at; port 0 chooses a free one
     * @param backlog how many connections may wait to be accepted; a hint
     * @return the listening acceptor
     * @throws IOException if the address cannot be bound, or the driver is closed
     * @throws IllegalArgumentException if the driver cannot listen at addresses of this kind
     */
    default Acceptor listen(SocketAddress local, int backlog) throws IOException {
        return listen(local, backlog, SocketOptions.DEFAULT);
    }

    /**
     * Returns an acceptor for a listening socket that another program has opened and that this
     * process has inherited. Other processes are assumed to hold the socket too, always. The
     * acceptor closes the descriptor when it is closed.
     *
     * @param descriptor the number of the socket's descriptor
     * @param options the options of the accepted channels
     * @return the listening acceptor
     * @throws IOException if the descriptor is not that of a listening stream socket, and then it
     *     stays open; or the driver is closed
     * @throws UnsupportedOperationException if the driver cannot accept at this descriptor; the
     *     message gives the reason
     */
    default Acceptor adopt(int descriptor, SocketOptions options) throws IOException {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " cannot accept at a descriptor of another program");
    }

    /**
     * Whether the driver can pass listening sockets to another process and receive them from it.
     *
     * @return false by default
     */
    default boolean passesListeners() {
        return false;
    }

    /**
     * Sends listening sockets to another process, which then listens too. <i>Blocks.</i> The peer
     * must run as the user of this process or as root. Unless this fails, other processes are
     * assumed to hold the sockets from now on, which concerns {@link Acceptor#stop} and {@link
     * Acceptor#close}. The file of a Unix-domain socket is then kept.
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait.
     *
     * @param to a Unix-domain channel of this driver, to which no bytes were written yet
     * @param listeners acceptors of this driver
     * @throws java.nio.file.AccessDeniedException if the peer runs as another user; nothing is sent
     * @throws IOException if an acceptor is stopped or closed, the channel is closed, or the
     *     connection is lost
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws UnsupportedOperationException unless the driver {@linkplain #passesListeners can}
     */
    default void sendListeners(Channel to, List<? extends Acceptor> listeners)
            throws IOException, InterruptedException {
        throw cannotPassListeners();
    }

    /**
     * Receives the listening sockets that {@link #sendListeners} has sent. <i>Blocks.</i> The peer
     * must run as the user of this process or as root.
     *
     * <p><i>Cancellation:</i> an interrupt ends the wait.
     *
     * @param from a Unix-domain channel of this driver, from which no bytes were read yet
     * @param options the options of the accepted channels
     * @return the listening acceptors, at least one; the peer holds their sockets too
     * @throws java.nio.file.AccessDeniedException if the peer runs as another user
     * @throws java.io.EOFException if the peer has closed the connection and sent nothing
     * @throws IOException if the peer sends anything else, or the connection is lost
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     * @throws UnsupportedOperationException unless the driver {@linkplain #passesListeners can}
     */
    default List<Acceptor> receiveListeners(Channel from, SocketOptions options)
            throws IOException, InterruptedException {
        throw cannotPassListeners();
    }

    private UnsupportedOperationException cannotPassListeners() {
        return new UnsupportedOperationException(
                getClass().getSimpleName()
                        + " cannot pass listeners between processes: this needs the epoll driver");
    }

    /**
     * Opens a packet channel.
     *
     * @param local the address to receive at; port 0 chooses a free one
     * @param remote the only peer; null for any
     * @param options the options of the channel
     * @return the channel
     * @throws IOException if the address cannot be bound, or the driver is closed
     * @throws IllegalArgumentException if the driver supports no packets for addresses of this kind
     * @throws UnsupportedOperationException if the driver supports no packets
     */
    default PacketChannel openPackets(
            SocketAddress local, @Nullable SocketAddress remote, SocketOptions options)
            throws IOException {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " supports streams only, no packets");
    }

    /**
     * Whether the driver's internet addresses are those of the machine. If so, 127.0.0.1 and ::1
     * are different addresses, and a server for the loopback interface listens at both.
     *
     * @return false by default, for a driver that distinguishes ports only
     */
    default boolean usesHostAddresses() {
        return false;
    }

    /** Closes all channels and acceptors and frees the driver's resources. Idempotent. */
    @Override
    void close();
}
