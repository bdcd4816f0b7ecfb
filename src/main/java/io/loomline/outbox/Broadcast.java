package io.loomline.outbox;

import io.loomline.concurrent.Event;
import io.loomline.net.write.TextWriter;
import io.loomline.stream.LineFormat;
import io.loomline.task.Task;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends each message to all members of a set of outboxes. A message is encoded or copied once, and
 * its bytes are shared by all members.
 *
 * <p>All members get the messages in the same order, also those of concurrent senders. A member
 * that joins during a send may miss its message.
 *
 * <p>Each member is treated by the policy of its own outbox. Members whose queue is full do not
 * delay the others: a message is offered to all members first. Only then, {@code send} waits for
 * those whose policy is to wait, all of them at the same time.
 *
 * <p>A message that is longer than the {@link OutboxOptions#maxBytes} of a member is dropped for
 * that member, whatever its policy, and counted by {@link Outbox#droppedCount}. The member stays
 * connected, because the sender chose the length.
 *
 * <p>An outbox that is closed, or that has aborted its connection, leaves by itself.
 *
 * <p><i>Threads:</i> any thread may call every method.
 */
public final class Broadcast {
    private final LineFormat format;

    /** Members, and what removes each of them when it ends. */
    private final Map<Outbox, Event.Waiter> members = new ConcurrentHashMap<>();

    /** Held while a message is offered to all members, so that all get the same order. */
    private final ReentrantLock order = new ReentrantLock();

    /** A broadcast without members, whose text has the {@link LineFormat#DEFAULT} format. */
    public Broadcast() {
        this(LineFormat.DEFAULT);
    }

    /**
     * A broadcast without members.
     *
     * @param format the charset of text, and the end of lines, for all members
     */
    public Broadcast(LineFormat format) {
        this.format = Objects.requireNonNull(format, "format");
    }

    /**
     * Adds a member. It gets all messages of calls that begin after this one has returned.
     *
     * @param outbox the outbox
     * @return whether it has become a member; false if it is one already
     */
    public boolean join(Outbox outbox) {
        Event ended = outbox.ended();
        Event.Waiter waiter = ended.whenFired(() -> members.remove(outbox));
        boolean joined = members.putIfAbsent(outbox, waiter) == null;
        if (!joined) ended.remove(waiter);
        if (ended.hasFired()) members.remove(outbox); // perhaps it was not in the map at that time
        return joined;
    }

    /**
     * Removes a member. It gets no message of calls that begin after this one has returned.
     *
     * @param outbox the outbox
     * @return whether it was a member
     */
    public boolean leave(Outbox outbox) {
        Event.Waiter waiter = members.remove(outbox);
        if (waiter != null) outbox.ended().remove(waiter);
        return waiter != null;
    }

    /**
     * The number of members.
     *
     * @return the number
     */
    public int size() {
        return members.size();
    }

    /**
     * Offers a message to all members. Does not wait.
     *
     * @param message the bytes; copied once
     * @return the number of members that have taken it
     */
    public int offer(byte[] message) {
        return offerOwned(message.clone());
    }

    /**
     * Offers a message to all members. Does not wait.
     *
     * @param message the bytes; copied once, and consumed
     * @return the number of members that have taken it
     */
    public int offer(ByteBuffer message) {
        return offerOwned(consumed(message));
    }

    /**
     * Offers text to all members. Does not wait.
     *
     * @param text the text, sent without a terminator
     * @return the number of members that have taken it
     * @throws CharacterCodingException if the charset cannot encode all of it
     */
    public int offer(String text) throws CharacterCodingException {
        return offerOwned(TextWriter.encode(text, format));
    }

    /**
     * Offers a line and its terminator to all members. Does not wait.
     *
     * @param line the line, without a terminator
     * @return the number of members that have taken it
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws IllegalArgumentException if the line contains CR, LF or NUL
     */
    public int offerLine(String line) throws CharacterCodingException {
        return offerOwned(TextWriter.encodeLine(line, format));
    }

    private int offerOwned(byte[] message) {
        return offerToAll(message, new Offered(false));
    }

    /**
     * Sends a message to all members. <i>Blocks</i> while members whose policy is {@link
     * OutboxOptions.WhenFull#WAIT} have full queues, at most for the longest of their {@link
     * OutboxOptions#maxWait}. Then it aborts the connections of those whose queues are still full.
     *
     * @param message the bytes; copied once
     * @return the number of members that have taken it
     * @throws InterruptedException if the caller was cancelled; members without room until then do
     *     not get the message, and stay connected
     */
    public int send(byte[] message) throws InterruptedException {
        return sendOwned(message.clone());
    }

    /**
     * Sends a message to all members, as {@link #send(byte[])} does.
     *
     * @param message the bytes; copied once, and consumed
     * @return the number of members that have taken it
     * @throws InterruptedException as {@link #send(byte[])} does
     */
    public int send(ByteBuffer message) throws InterruptedException {
        return sendOwned(consumed(message));
    }

    /**
     * Sends text to all members, as {@link #send(byte[])} does.
     *
     * @param text the text, sent without a terminator
     * @return the number of members that have taken it
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws InterruptedException as {@link #send(byte[])} does
     */
    public int send(String text) throws CharacterCodingException, InterruptedException {
        return sendOwned(TextWriter.encode(text, format));
    }

    /**
     * Sends a line and its terminator to all members, as {@link #send(byte[])} does.
     *
     * @param line the line, without a terminator
     * @return the number of members that have taken it
     * @throws CharacterCodingException if the charset cannot encode all of it
     * @throws InterruptedException as {@link #send(byte[])} does
     * @throws IllegalArgumentException if the line contains CR, LF or NUL
     */
    public int sendLine(String line) throws CharacterCodingException, InterruptedException {
        return sendOwned(TextWriter.encodeLine(line, format));
    }

    private int sendOwned(byte[] message) throws InterruptedException {
        Task.checkCancelled();
        var offered = new Offered(true);
        offerToAll(message, offered);
        return offered.taken + offered.awaitOthers();
    }

    /**
     * Sends a message to some outboxes, as {@link #send(byte[])} does to the members of a
     * broadcast, for example to those whose subscription matches. They may get the messages of
     * concurrent senders in different orders.
     *
     * @param outboxes the outboxes
     * @param message the bytes; copied once
     * @return the number of outboxes that have taken it
     * @throws InterruptedException as {@link #send(byte[])} does
     */
    public static int sendTo(Collection<Outbox> outboxes, byte[] message)
            throws InterruptedException {
        Task.checkCancelled();
        var shared = new Message(message.clone(), true);
        var offered = new Offered(true);
        for (Outbox each : outboxes) offered.to(each.queue(), shared);
        return offered.taken + offered.awaitOthers();
    }

    private static byte[] consumed(ByteBuffer message) {
        byte[] copy = Outbox.copyOf(message);
        message.position(message.limit());
        return copy;
    }

    private int offerToAll(byte[] message, Offered offered) {
        var shared = new Message(message, true);
        order.lock();
        try {
            for (Outbox member : members.keySet()) offered.to(member.queue(), shared);
        } finally {
            order.unlock();
        }
        return offered.taken;
    }

    /** One message, offered to the members. */
    private static final class Offered {
        private final boolean mayWait;
        private final List<Waiting> waiting = new ArrayList<>(0);
        private int taken;

        private record Waiting(MessageQueue queue, Pending message) {}

        Offered(boolean mayWait) {
            this.mayWait = mayWait;
        }

        void to(MessageQueue queue, Message message) {
            Pending outcome = queue.add(message, mayWait);
            if (outcome == Pending.TAKEN) taken++;
            else if (outcome != Pending.REFUSED) waiting.add(new Waiting(queue, outcome));
        }

        /** Waits for the members without room. Returns the number of those that have taken it. */
        int awaitOthers() throws InterruptedException {
            int count = 0;
            waiting.sort(Comparator.comparing(each -> each.queue.options().maxWait()));
            try {
                for (Waiting each : waiting) {
                    if (each.queue.await(each.message)) count++;
                }
                return count;
            } catch (InterruptedException e) {
                for (Waiting each : waiting) each.queue.withdraw(each.message);
                throw e;
            }
        }
    }
}
