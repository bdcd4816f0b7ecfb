package io.loomline.peers;

import io.loomline.Runtime;
import io.loomline.net.Connection;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A connection between this library and a peer, whichever of them listens.
 *
 * @param <T> what our side returns
 */
final class Meeting<T> implements AutoCloseable {
    private final Runtime runtime = Runtime.open();
    private final CompletableFuture<Connection> connection = new CompletableFuture<>();
    private final CompletableFuture<Thread> thread = new CompletableFuture<>();
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Peer peer;

    /** What our side does with the connection, in a task. */
    interface OurSide<T> {
        T talk(Connection connection) throws Exception;
    }

    /** A peer that connects to a port of ours. */
    interface Caller {
        Peer connect(int port) throws Exception;
    }

    /** A peer that listens. */
    interface Listener {
        Peer listen() throws Exception;
    }

    private Meeting() {}

    static <T> Meeting<T> weListen(Caller caller, OurSide<T> ours) throws Exception {
        var meeting = new Meeting<T>();
        try {
            var server = meeting.runtime.listen(0, connection -> meeting.talk(ours, connection));
            meeting.peer = caller.connect(server.port());
            return meeting;
        } catch (Throwable e) {
            meeting.runtime.close();
            throw e;
        }
    }

    static <T> Meeting<T> weConnect(Listener listener, OurSide<T> ours) throws Exception {
        var meeting = new Meeting<T>();
        try {
            meeting.peer = listener.listen();
            var remote =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), meeting.peer.port());
            meeting.runtime.start(() -> {
                try (var connection = meeting.runtime.connect(remote)) {
                    meeting.talk(ours, connection);
                } catch (Throwable e) {
                    meeting.fail(e);
                }
            });
            meeting.peer.accept();
            return meeting;
        } catch (Throwable e) {
            meeting.close();
            throw e;
        }
    }

    private void talk(OurSide<T> ours, Connection ourConnection) {
        connection.complete(ourConnection);
        thread.complete(Thread.currentThread());
        try {
            result.complete(ours.talk(ourConnection));
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        connection.completeExceptionally(e);
        thread.completeExceptionally(e);
        result.completeExceptionally(e);
    }

    Peer peer() {
        return peer;
    }

    /** Our side of the connection, once it stands. */
    Connection connection() throws Exception {
        return connection.get();
    }

    /** Waits until our side waits for something. */
    void awaitBlocked() throws Exception {
        Thread ours = thread.get();
        while (ours.getState() != Thread.State.WAITING) {
            if (result.isDone()) throw new AssertionError("it ended: " + result);
            if (Thread.interrupted()) throw new InterruptedException("it does not wait");
            Thread.onSpinWait();
        }
    }

    /** Waits for what our side returns, or throws what it has thrown. */
    T result() throws Exception {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) throw error;
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try (runtime) {
            if (peer != null) peer.close();
        }
    }
}
