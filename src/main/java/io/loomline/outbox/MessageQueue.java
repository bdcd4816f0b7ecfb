package io.loomline.outbox;

import io.loomline.concurrent.Event;
import io.loomline.concurrent.Threads;
import io.loomline.log.ErrorText;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.net.wire.Interrupts;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The messages of one outbox, and the virtual thread that sends them: the sender. The sender is
 * started by the message that finds the queue empty, and ends when the queue is empty again.
 *
 * <pre>
 *   open ──close──▶ closed: sends what it has taken
 *     └──cut, failure──┴──▶ cut: has dropped everything
 * </pre>
 *
 * <p>No call of the connection is made under the lock. So a thread holds the lock briefly, and
 * never while it waits for the peer.
 */
final class MessageQueue {
    private enum State {
        OPEN,
        CLOSED,
        CUT
    }

    private final Connection connection;
    private final OutboxOptions options;

    /** Fires when the queue takes no more messages. */
    private final Event ended = new Event();

    private final ReentrantLock lock = new ReentrantLock();

    /** Signalled when the sender has sent its messages, and when the queue is cut. */
    private final Condition progress = lock.newCondition();

    // guarded by the lock

    private State state = State.OPEN;

    /** In the order of their calls; only while the first of them does not fit into the queue. */
    private final Deque<Pending> waiting = new ArrayDeque<>(1);

    private final Messages messages;
    private boolean sending;
    private long dropped;

    /** The number of the oldest messages, in the order of adding, that were sent or dropped. */
    private long completed;

    private @Nullable Throwable failure;

    /** Counts the bytes of the messages for the bound of the runtime. */
    private final QueuedBytes queued;

    MessageQueue(Connection connection, OutboxOptions options) {
        this.connection = connection;
        this.options = options;
        this.messages = new Messages(options.maxBytes());
        this.queued = new QueuedBytes(connection);
    }

    OutboxOptions options() {
        return options;
    }

    int queuedBytes() {
        lock.lock();
        try {
            return messages.bytes();
        } finally {
            lock.unlock();
        }
    }

    long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Fires when the queue takes no more messages. */
    Event ended() {
        return ended;
    }

    /**
     * Takes or refuses a message, without waiting.
     *
     * @param mayWait whether a message without room waits for it, if the policy is to wait
     */
    Pending add(Message message, boolean mayWait) {
        Pending outcome;
        IOException overHeld = null;
        boolean starts = false;
        lock.lock();
        try {
            if (state != State.OPEN) return Pending.REFUSED;
            outcome = connection.isOpen() ? admit(message, mayWait) : null;
            overHeld = queued.grow(messages.ownBytes());
            if (outcome == Pending.TAKEN && !sending && !messages.isEmpty()) {
                sending = true;
                starts = true;
            }
        } finally {
            lock.unlock();
        }
        if (overHeld != null) {
            cut(overHeld);
            return Pending.REFUSED;
        }
        if (outcome == null) {
            cut(connection.isOpen() ? overrun() : closed());
            return Pending.REFUSED;
        }
        return starts && !startSender() ? Pending.REFUSED : outcome;
    }

    /** Null if the connection must be cut. */
    private @Nullable Pending admit(Message message, boolean mayWait) {
        if (messages.isTooLong(message)) return drop();
        if (waiting.isEmpty() && messages.hasRoomFor(message)) return append(message);
        return switch (options.whenFull()) {
            case WAIT -> mayWait ? await(message) : drop();
            case DROP_NEWEST -> drop();
            case DROP_OLDEST -> {
                while (!messages.hasRoomFor(message)) {
                    messages.remove();
                    dropped++;
                }
                yield append(message);
            }
            case CUT -> null;
        };
    }

    private Pending append(Message message) {
        messages.add(message);
        return Pending.TAKEN;
    }

    private Pending drop() {
        dropped++;
        return Pending.REFUSED;
    }

    private Pending await(Message message) {
        var clock = Connections.clockOf(connection);
        var pending = new Pending(message, Deadline.after(options.maxWait(), clock));
        waiting.add(pending);
        return pending;
    }

    private IOException overrun() {
        return new IOException(
                "more than %d bytes would be queued for %s"
                        .formatted(options.maxBytes(), connection.remoteAddress()));
    }

    private IOException closed() {
        return new ConnectionClosedException(connection.remoteAddress(), null);
    }

    /** Returns whether the sender was started; if not, the connection is aborted. */
    private boolean startSender() {
        try {
            var _ = Threads.startVirtual(this::sendAll);
            return true;
        } catch (OutOfMemoryError e) { // messages must not be lost while the connection lives
            cut(new IOException("no thread can be started to send the queued messages", e));
            return false;
        }
    }

    private void sendAll() {
        try {
            for (ByteBuffer[] batch; (batch = next()) != null; ) {
                connection.write(batch);
                connection.flush(); // a small write returns even if the peer has stalled
            }
        } catch (Throwable e) { // lost, closed, a lack of memory, or a bug in the driver
            cut(e);
        }
    }

    /** Removes messages to be sent as one write. Null if there are none: the sender ends. */
    private ByteBuffer @Nullable [] next() {
        lock.lock();
        try {
            completed = messages.removed();
            queued.sent(messages.ownBytes());
            progress.signalAll();
            if (messages.isEmpty()) {
                sending = false;
                return null;
            }
            int before = messages.ownBytes();
            ByteBuffer[] batch = messages.removeBatch(connection.limits().bufferBytes());
            queued.sending(before - messages.ownBytes());
            admitWaiting();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void admitWaiting() {
        for (Pending first; (first = waiting.peek()) != null; ) {
            if (!messages.hasRoomFor(first.message)) return;
            append(first.message);
            waiting.remove();
            first.decide(true);
        }
    }

    /**
     * Waits until a message is taken or refused.
     *
     * @return whether it was taken
     * @throws InterruptedException if the caller was cancelled; the message is not taken
     */
    boolean await(Pending pending) throws InterruptedException {
        Deadline deadline = pending.deadline;
        if (deadline == null) return pending.taken;
        try {
            deadline.run(pending.decided::await);
        } catch (TimeoutException e) {
            if (withdraw(pending)) cut(stalled(e));
        } catch (InterruptedException e) {
            if (withdraw(pending)) throw Interrupts.cancelOr(e);
            Thread.currentThread().interrupt(); // the call has taken effect, so the next one throws
        }
        return pending.taken;
    }

    /** Ends the wait of a message. Returns false if it was taken or refused before. */
    boolean withdraw(Pending pending) {
        lock.lock();
        try {
            boolean withdrawn = waiting.remove(pending);
            if (withdrawn) admitWaiting(); // those after it may be shorter
            return withdrawn;
        } finally {
            lock.unlock();
        }
    }

    private IOException stalled(TimeoutException e) {
        return new IOException(
                "the queue stayed full for maxWait %s".formatted(options.maxWait()), e);
    }

    /** Waits until all messages that were added before have been sent, or the queue is cut. */
    void awaitSent() throws InterruptedException {
        lock.lock();
        try {
            long target = messages.added();
            while (state != State.CUT && completed < target) {
                Task.checkCancelled();
                progress.await();
            }
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        } finally {
            lock.unlock();
        }
    }

    /** Throws if messages were lost. */
    void requireNotCut() throws IOException {
        lock.lock();
        try {
            if (state == State.CUT && failure != null) {
                throw new IOException(
                        "queued messages were lost: " + ErrorText.of(failure), failure);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more messages from now on. Returns false if the queue took none before. */
    boolean close() {
        return end(State.CLOSED, null);
    }

    /** Drops all messages and aborts the connection. Needs no memory before that. */
    void cut(Throwable reason) {
        if (!end(State.CUT, reason) || reason instanceof ConnectionClosedException) return;
        connection.abort();
        AbortLog.log(connection, reason);
    }

    private boolean end(State end, @Nullable Throwable reason) {
        lock.lock();
        try {
            if (state.compareTo(end) >= 0) return false;
            state = end;
            for (Pending each; (each = waiting.poll()) != null; ) each.decide(false);
            if (end == State.CUT) {
                failure = reason;
                progress.signalAll();
                messages.clear();
                queued.sent(0);
            }
        } finally {
            lock.unlock();
        }
        ended.fire();
        return true;
    }
}
