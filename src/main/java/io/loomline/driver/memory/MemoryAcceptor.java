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

/**
 * A listener with a bounded queue of connections to be accepted.
 *
 * <pre>
 *   LISTENING ──stop──▶ STOPPED: returns the queued connections ──close──▶ STOPPED, empty queue
 *       └──────────────────────────────close──────────────────────────────────┘
 * </pre>
 */
final class MemoryAcceptor implements Acceptor {
    private final SocketAddress local;
    private final int backlog;
    private final Runnable onStop;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private enum State {
        LISTENING,
        STOPPED
    }

    // guarded by the lock
    private final Queue<Channel> queue = new ArrayDeque<>();
    private State state = State.LISTENING;

    MemoryAcceptor(SocketAddress local, int backlog, Runnable onStop) {
        this.local = local;
        this.backlog = Math.max(1, backlog);
        this.onStop = onStop;
    }

    /** Adds a connection to the queue. Waits while the queue is full. */
    void offer(Channel channel) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (isListening() && queue.size() >= backlog) changed.await();
            if (!isListening()) throw new ConnectException("Connection refused");
            queue.add(channel);
            assert queue.size() <= backlog : queue.size() + " queued, at most " + backlog;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Channel accept() throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (isListening() && queue.isEmpty()) changed.await();
            if (queue.isEmpty()) throw new ClosedChannelException();
            changed.signalAll();
            return queue.remove();
        } finally {
            lock.unlock();
        }
    }

    private boolean isListening() {
        return state == State.LISTENING;
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            if (!isListening()) return;
            state = State.STOPPED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        onStop.run();
    }

    @Override
    public void close() {
        stop();
        lock.lock();
        try {
            queue.forEach(Channel::abort);
            queue.clear();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
