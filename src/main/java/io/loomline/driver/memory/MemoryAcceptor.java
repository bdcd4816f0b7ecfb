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
 * A listener with a bounded queue of connections that wait to be accepted.
 *
 * <pre>
 *   listening ──stop──▶ stopped: hands out what is queued ──close──▶ closed
 *       └─────────────────────────close───────────────────────────────┘
 * </pre>
 */
final class MemoryAcceptor implements Acceptor {
    private final SocketAddress local;
    private final int backlog;
    private final Runnable whenStopped;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Nobody is queued in a closed one, so it differs from a stopped one in nothing else. */
    private enum State {
        LISTENING,
        STOPPED
    }

    // guarded by the lock
    private final Queue<Channel> waiting = new ArrayDeque<>();
    private State state = State.LISTENING;

    MemoryAcceptor(SocketAddress local, int backlog, Runnable whenStopped) {
        this.local = local;
        this.backlog = Math.max(1, backlog);
        this.whenStopped = whenStopped;
    }

    /** Puts a connection into the queue; waits while that is full. */
    void offer(Channel channel) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (isListening() && waiting.size() >= backlog) changed.await();
            if (!isListening()) throw new ConnectException("Connection refused");
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
            while (isListening() && waiting.isEmpty()) changed.await();
            if (waiting.isEmpty()) throw new ClosedChannelException();
            changed.signalAll();
            return waiting.remove();
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
        whenStopped.run();
    }

    @Override
    public void close() {
        stop();
        lock.lock();
        try {
            waiting.forEach(Channel::abort);
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
