package io.loomline.server;

import io.loomline.log.LogText;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.stream.Operation;
import io.loomline.task.Task;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * A connection of a server, as it was when {@link Server#connections} was called: its values do not
 * change. The connection may have ended since; then {@link #cancel} and {@link #abort} have no
 * effect.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class ServedConnection {
    private final Connection connection;
    private final Task<?> task;
    private final Duration age;
    private final long bytesRead;
    private final long bytesWritten;
    private final Duration waited;

    ServedConnection(Connection connection, Task<?> task, Duration age) {
        this.connection = connection;
        this.task = task;
        this.age = age;
        // the connection's own thread moves both numbers of which the first is the difference
        this.bytesRead = Math.max(0, connection.bytesRead());
        this.bytesWritten = connection.bytesWritten();
        this.waited = Connections.activityOf(connection).waited();
    }

    /**
     * The peer.
     *
     * @return its address
     */
    public SocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    /**
     * The address of this side.
     *
     * @return the address at which the client has connected
     */
    public SocketAddress localAddress() {
        return connection.localAddress();
    }

    /**
     * How long ago the connection was accepted, by the clock of the runtime. A TLS handshake counts
     * as well.
     *
     * @return the time until the snapshot
     */
    public Duration age() {
        return age;
    }

    /**
     * How many bytes the handler had read, as {@link Connection#bytesRead}. The number may be a
     * little old, because the handler is not stopped for it.
     *
     * @return the number of bytes
     */
    public long bytesRead() {
        return bytesRead;
    }

    /**
     * How many bytes the handler had written, as {@link Connection#bytesWritten}. The number may be
     * a little old.
     *
     * @return the number of bytes
     */
    public long bytesWritten() {
        return bytesWritten;
    }

    /**
     * How long the read or write in progress has been waiting for the peer without progress.
     *
     * @return the time; zero if none waits, for example because the handler waits for something
     *     else
     */
    public Duration waited() {
        return waited;
    }

    /**
     * The last 16 operations, such as reads, if they are recorded: see {@code
     * Runtime.recordOperations}. They are read now, unlike the other values.
     *
     * @return the operations, the oldest first
     */
    public List<Operation> operations() {
        return Connections.operationsOf(connection);
    }

    /**
     * The task in which the handler runs, with its name, its id and its state.
     *
     * @return the task
     */
    public Task<?> task() {
        return task;
    }

    /**
     * Cancels the handler: its current or next blocking call throws {@link InterruptedException}.
     * Then the connection is closed. Does not wait.
     *
     * @param reason the reason, for messages and {@link Task#cancelReason()}
     * @return true if this call cancelled the handler; false if it has ended or was cancelled
     *     before
     */
    public boolean cancel(String reason) {
        return task.cancel(reason);
    }

    /**
     * Resets the connection, as {@link Connection#abort} does, without waiting for its handler,
     * whose reads and writes fail from now on.
     */
    public void abort() {
        connection.abort();
    }

    /** The peer, the age and the numbers of bytes. */
    @Override
    public String toString() {
        String peer = LogText.of(remoteAddress().toString());
        return "connection from %s for %s: %s bytes read, %s written"
                .formatted(peer, age, bytesRead, bytesWritten);
    }
}
