package io.loomline.peers;

import io.loomline.Runtime;
import io.loomline.net.Connection;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A connection between Loomline and a peer. Either side can be the one that listens.
 *
 * @param <T> the result of our side
 */
final class Exchange<T> implements AutoCloseable {
    private final Runtime runtime = Runtime.open();
    private final CompletableFuture<Connection> connection = new CompletableFuture<>();
    private final CompletableFuture<Thread> thread = new CompletableFuture<>();
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Peer peer;

    /** Our side of the connection; it runs in a task. */
    interface OurSide<T> {
        T run(Connection connection) throws Exception;
    }

    /** Opens a peer that connects to our port. */
    interface Connector {
        Peer connect(int port) throws Exception;
    }

    /** Opens a peer that listens. */
    interface Listener {
        Peer listen() throws Exception;
    }

    private Exchange() {}

    static <T> Exchange<T> listen(Connector connector, OurSide<T> ours) throws Exception {
        var exchange = new Exchange<T>();
        try {
            var server = exchange.runtime.listen(0, connection -> exchange.run(ours, connection));
            exchange.peer = connector.connect(server.port());
            return exchange;
        } catch (Throwable e) {
            exchange.runtime.close();
            throw e;
        }
    }

    static <T> Exchange<T> connect(Listener listener, OurSide<T> ours) throws Exception {
        var exchange = new Exchange<T>();
        try {
            exchange.peer = listener.listen();
            var remote =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), exchange.peer.port());
            exchange.runtime.start(() -> {
                try (var connection = exchange.runtime.connect(remote)) {
                    exchange.run(ours, connection);
                } catch (Throwable e) {
                    exchange.fail(e);
                }
            });
            exchange.peer.accept();
            return exchange;
        } catch (Throwable e) {
            exchange.close();
            throw e;
        }
    }

    private void run(OurSide<T> ours, Connection ourConnection) {
        connection.complete(ourConnection);
        thread.complete(Thread.currentThread());
        try {
            result.complete(ours.run(ourConnection));
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

    /** Waits for our side of the connection. */
    Connection connection() throws Exception {
        return connection.get();
    }

    /** Waits until our side is blocked. */
    void awaitBlocked() throws Exception {
        Thread ours = thread.get();
        while (ours.getState() != Thread.State.WAITING) {
            if (result.isDone()) throw new AssertionError("our side has ended: " + result);
            if (Thread.interrupted()) throw new InterruptedException("our side is not blocked");
            Thread.onSpinWait();
        }
    }

    /** Waits for the result of our side, or throws its failure. */
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
