package io.loomline.outbox;

import io.loomline.concurrent.Event;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.net.write.TextWriter;
import io.loomline.task.Deadline;
import io.loomline.task.Shield;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * A queue of messages for a connection, which a virtual thread sends. So the thread that has a
 * message does not wait for the peer, and a handler can read while others send to its connection:
 *
 * {@snippet :
 * runtime.listen(7000, connection -> {
 *     try (Outbox outbox = Outbox.of(connection)) {
 *         subscribers.join(outbox);
 *         while (connection.readLine() != null) outbox.offerLine("pong");
 *     }
 * });
 * }
 *
 * <p>Messages are sent in the order in which they were taken. Messages that are queued together
 * leave together, in one write of at most {@link io.loomline.stream.Limits#bufferBytes} or of one
 * message. The bytes of a message stay together, also if other threads write to the connection
 * directly; the order of such writes and of the messages is not defined.
 *
 * <p>The queue is bounded, and {@link OutboxOptions#whenFull} decides what happens at the bound.
 * Messages that are being sent do not count. A message that is longer than {@link
 * OutboxOptions#maxBytes} is rejected; any other one fits into an empty queue.
 *
 * <p>If a write fails or exceeds the connection's write timeout, which is 30 s by default, the
 * outbox aborts the connection and drops the queue. So a read of the handler ends, with a {@link
 * io.loomline.stream.ConnectionClosedException}, and the reason is logged at INFO. From then on the
 * outbox takes no messages. Close the outbox before the connection: closing the connection first
 * drops the queue.
 *
 * <p><i>Threads:</i> any thread may call every method.
 */
public final class Outbox implements AutoCloseable {
    /** In a cancelled task, a close waits for its own thread, but not for the peer. */
    private static final Duration CANCELLED_CLOSE = Duration.ofMillis(100);

    private final Connection connection;
    private final MessageQueue queue;

    private Outbox(Connection connection, OutboxOptions options) {
        this.connection = Objects.requireNonNull(connection, "connection");
        this.queue = new MessageQueue(connection, Objects.requireNonNull(options, "options"));
    }

    /**
     * An outbox with {@link OutboxOptions#DEFAULT}.
     *
     * @param connection the connection; it stays open when the outbox is closed
     * @return the outbox
     */
    public static Outbox of(Connection connection) {
        return new Outbox(connection, OutboxOptions.DEFAULT);
    }

    /**
     * An outbox.
     *
     * @param connection the connection; it stays open when the outbox is closed
     * @param options the bound of the queue, and what happens at the bound
     * @return the outbox
     */
    public static Outbox of(Connection connection, OutboxOptions options) {
        return new Outbox(connection, options);
    }

    /**
     * Queues a message. Does not wait. If the queue is full, the policy decides: the message is
     * dropped ({@code WAIT}, {@code DROP_NEWEST}), older ones are dropped for it ({@code
     * DROP_OLDEST}), or the connection is aborted ({@code CUT}).
     *
     * @param message the bytes; copied
     * @return whether the message was taken; false after a close or an abort
     * @throws IllegalArgumentException if the message is longer than {@link OutboxOptions#maxBytes}
     */
    public boolean offer(byte[] message) {
        return offerOwned(message.clone());
    }

    /**
     * Queues a message. Does not wait.
     *
     * @param message the bytes; copied, and consumed if the message is taken
     * @return whether the message was taken; false if the queue is full, and after a close or an
     *     abort
     * @throws IllegalArgumentException if the message is longer than {@link OutboxOptions#maxBytes}
     */
    public boolean offer(ByteBuffer message) {
        boolean taken = offerOwned(copyOf(message));
        if (taken) message.position(message.limit());
        return taken;
    }

    /**
     * Queues text, in the charset of the connection's {@linkplain Connection#lineFormat() format}.
     * Does not wait.
     *
     * @param text the text, sent without a terminator
     * @return whether the message was taken; false if the queue is full, and after a close or an
     *     abort
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws IllegalArgumentException if the message is longer than {@link OutboxOptions#maxBytes}
     */
    public boolean offer(String text) throws CharacterCodingException {
        return offerOwned(TextWriter.encode(text, connection.lineFormat()));
    }

    /**
     * Queues a line and its terminator, in the connection's {@linkplain Connection#lineFormat()
     * format}. Does not wait.
     *
     * @param line the line, without a terminator
     * @return whether the message was taken; false if the queue is full, and after a close or an
     *     abort
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws IllegalArgumentException if the line contains CR, LF or NUL, or is longer than {@link
     *     OutboxOptions#maxBytes}
     */
    public boolean offerLine(String line) throws CharacterCodingException {
        return offerOwned(TextWriter.encodeLine(line, connection.lineFormat()));
    }

    private boolean offerOwned(byte[] message) {
        requireFitting(message);
        return queue.add(new Message(message, false), false) == Pending.TAKEN;
    }

    /**
     * Queues a message. <i>Blocks</i> while the queue is full, if the policy is {@link
     * OutboxOptions.WhenFull#WAIT}. If it stays full for {@link OutboxOptions#maxWait}, the
     * connection is aborted.
     *
     * @param message the bytes; copied
     * @return whether the message was taken; false after a close or an abort, and if the policy has
     *     dropped it
     * @throws InterruptedException if the caller was cancelled; the message was not taken
     * @throws IllegalArgumentException if the message is longer than {@link OutboxOptions#maxBytes}
     */
    public boolean send(byte[] message) throws InterruptedException {
        return sendOwned(message.clone());
    }

    /**
     * Queues a message, as {@link #send(byte[])} does.
     *
     * @param message the bytes; copied, and consumed if the message is taken
     * @return as {@link #send(byte[])} does
     * @throws InterruptedException if the caller was cancelled; the message was not taken
     * @throws IllegalArgumentException if the message is longer than {@link OutboxOptions#maxBytes}
     */
    public boolean send(ByteBuffer message) throws InterruptedException {
        boolean taken = sendOwned(copyOf(message));
        if (taken) message.position(message.limit());
        return taken;
    }

    /**
     * Queues text, in the charset of the connection's {@linkplain Connection#lineFormat() format},
     * as {@link #send(byte[])} does.
     *
     * @param text the text, sent without a terminator
     * @return as {@link #send(byte[])} does
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws InterruptedException if the caller was cancelled; the message was not taken
     * @throws IllegalArgumentException if the message is longer than {@link OutboxOptions#maxBytes}
     */
    public boolean send(String text) throws CharacterCodingException, InterruptedException {
        return sendOwned(TextWriter.encode(text, connection.lineFormat()));
    }

    /**
     * Queues a line and its terminator, in the connection's {@linkplain Connection#lineFormat()
     * format}, as {@link #send(byte[])} does.
     *
     * @param line the line, without a terminator
     * @return as {@link #send(byte[])} does
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws InterruptedException if the caller was cancelled; the message was not taken
     * @throws IllegalArgumentException if the line contains CR, LF or NUL, or is longer than {@link
     *     OutboxOptions#maxBytes}
     */
    public boolean sendLine(String line) throws CharacterCodingException, InterruptedException {
        return sendOwned(TextWriter.encodeLine(line, connection.lineFormat()));
    }

    private boolean sendOwned(byte[] message) throws InterruptedException {
        Task.checkCancelled();
        requireFitting(message);
        return queue.await(queue.add(new Message(message, false), true));
    }

    private void requireFitting(byte[] message) {
        int most = queue.options().maxBytes();
        if (message.length > most) {
            throw new IllegalArgumentException(
                    "a message of %d bytes: expected at most maxBytes %d"
                            .formatted(message.length, most));
        }
    }

    static byte[] copyOf(ByteBuffer message) {
        byte[] copy = new byte[message.remaining()];
        message.get(message.position(), copy);
        return copy;
    }

    /** For broadcasts, whose members share the messages. */
    MessageQueue queue() {
        return queue;
    }

    /** Fires when the outbox takes no more messages. */
    Event ended() {
        return queue.ended();
    }

    /**
     * The number of messages that were dropped because the queue was full, including those that
     * {@code offer} has refused, and messages of a {@link Broadcast} that were longer than {@link
     * OutboxOptions#maxBytes}. What an abort drops is not counted.
     *
     * @return the number of messages
     */
    public long droppedCount() {
        return queue.dropped();
    }

    /**
     * The size of the queue, as {@link OutboxOptions#maxBytes} counts it: 32 bytes more for each
     * message than its length. Messages that are being sent do not count.
     *
     * @return the number of bytes
     */
    public int queuedBytes() {
        return queue.queuedBytes();
    }

    /**
     * Waits until all messages taken before have been passed to the kernel, or dropped by the
     * policy. <i>Blocks.</i>
     *
     * @throws IOException if the outbox has aborted the connection, or the connection was closed
     *     first
     * @throws InterruptedException if the caller was cancelled
     */
    public void flush() throws IOException, InterruptedException {
        Task.checkCancelled();
        queue.awaitSent();
        queue.requireNotCut();
    }

    /**
     * Takes no more messages, and sends the queued ones. The connection stays open. Calls that are
     * blocked in {@code send} return false. Further calls have no effect.
     *
     * <p><i>Blocks</i> while the peer does not read, for at most 5 s or the write timeout if that
     * is shorter; then it aborts the connection, so that the peer does not take a part for the
     * whole.
     *
     * <p><i>Cancellation:</i> in a cancelled task it does not wait for the peer; if messages
     * remain, it aborts the connection. It takes 100 ms at most. Inside a shield it may wait.
     */
    @Override
    public void close() {
        if (!queue.close()) return;
        try {
            awaitSent(Connections.closeBoundOf(connection));
        } catch (InterruptedException e) {
            closeCancelled();
            Thread.currentThread().interrupt();
        }
    }

    private void closeCancelled() {
        try {
            Shield.run(CANCELLED_CLOSE.multipliedBy(2), () -> awaitSent(CANCELLED_CLOSE));
        } catch (InterruptedException e) { // interrupted again, from outside of the tasks
            queue.cut(e);
        }
    }

    private void awaitSent(Duration bound) throws InterruptedException {
        try {
            Deadline.after(bound, Connections.clockOf(connection)).run(queue::awaitSent);
        } catch (TimeoutException e) {
            queue.cut(new SocketTimeoutException("the peer did not read for " + bound));
        }
    }

    /** The connection's addresses. */
    @Override
    public String toString() {
        return "outbox of the " + connection;
    }
}
