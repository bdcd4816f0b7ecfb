package io.loomline.driver.memory;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A listener with a bounded queue of connections that wait to be accepted. */
final class MemoryAcceptor implements Acceptor {
    private final SocketAddress local;
    private final int backlog;
    private final Runnable whenClosed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by the lock
    private final Queue<Channel> waiting = new ArrayDeque<>();
    private boolean closed;

    MemoryAcceptor(SocketAddress local, int backlog, Runnable whenClosed) {
        this.local = local;
        this.backlog = Math.max(1, backlog);
        this.whenClosed = whenClosed;
    }

    /** Puts a connection into the queue; waits while that is full. */
    void offer(Channel channel) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && waiting.size() >= backlog) changed.await();
            if (closed) throw new ConnectException("Connection refused");
            waiting.add(channel);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Channel accept() throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && waiting.isEmpty()) changed.await();
            if (closed) throw new ClosedChannelException();
            changed.signalAll();
            return waiting.remove();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) return;
            closed = true;
            waiting.forEach(Channel::abort);
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        whenClosed.run();
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
