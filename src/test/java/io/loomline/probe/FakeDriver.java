package io.loomline.probe;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A driver whose acceptors return the channels and throw the failures that a test gives them. */
public final class FakeDriver implements Driver {
    /** Connects to an address. */
    public interface Connecting {
        Channel connect(SocketAddress remote) throws IOException, InterruptedException;
    }

    private final Connecting connecting;
    private final List<FakeAcceptor> acceptors = new CopyOnWriteArrayList<>();
    private final List<Channel> channels = new CopyOnWriteArrayList<>();
    private volatile Runnable onListen = () -> {};
    private volatile boolean closed;

    public FakeDriver() {
        this(remote -> {
            throw new AssertionError("an unexpected connect to " + remote);
        });
    }

    public FakeDriver(Connecting connecting) {
        this.connecting = connecting;
    }

    @Override
    public Channel connect(SocketAddress remote, SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        Channel channel = connecting.connect(remote);
        channels.add(channel);
        return channel;
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options) {
        var acceptor = new FakeAcceptor();
        acceptors.add(acceptor);
        onListen.run();
        return acceptor;
    }

    @Override
    public void close() {
        closed = true;
        channels.forEach(Channel::close);
    }

    public boolean isClosed() {
        return closed;
    }

    /** Runs in each listen, on the calling thread. */
    public void onListen(Runnable action) {
        onListen = action;
    }

    public List<FakeAcceptor> acceptors() {
        return List.copyOf(acceptors);
    }

    /** The first acceptor, for tests that listen once. */
    public FakeAcceptor acceptor() {
        return acceptors.getFirst();
    }

    /** Returns the given channels and throws the given failures, in order. */
    public static final class FakeAcceptor implements Acceptor {
        /** The outcome of an accept. */
        private interface Result {
            Channel get() throws IOException;
        }

        private final BlockingQueue<Result> results = new LinkedBlockingQueue<>();
        private final AtomicInteger calls = new AtomicInteger();
        private final CompletableFuture<Thread> thread = new CompletableFuture<>();
        private volatile boolean closed;

        public void brings(Channel channel) {
            results.add(() -> channel);
        }

        public void fails(Throwable failure) {
            results.add(() -> {
                if (failure instanceof Error error) throw error;
                if (failure instanceof RuntimeException exception) throw exception;
                throw (IOException) failure;
            });
        }

        /** The number of calls of accept. */
        public int calls() {
            return calls.get();
        }

        /** Waits for the first accept; returns its thread. */
        public Thread thread() {
            return thread.join();
        }

        public boolean isClosed() {
            return closed;
        }

        @Override
        public Channel accept() throws IOException, InterruptedException {
            thread.complete(Thread.currentThread());
            calls.incrementAndGet();
            if (closed && results.isEmpty()) throw new ClosedChannelException();
            return results.take().get();
        }

        @Override
        public void close() {
            closed = true;
            fails(new ClosedChannelException());
        }

        @Override
        public SocketAddress localAddress() {
            return LoopbackAddress.of(7777);
        }
    }
}
