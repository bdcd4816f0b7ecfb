package io.loomline.outbox;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Messages in their order, up to a number of bytes. Guarded by its owner's lock. */
final class Messages {
    /** About the memory of an array and of its place in the queue. */
    static final int OVERHEAD_BYTES = 32;

    /**
     * A queue that was longer is replaced when it has become empty, so that it frees its memory.
     */
    private static final int KEPT_MESSAGES = 64;

    private final int maxBytes;
    private Deque<Message> messages = new ArrayDeque<>(2);
    private int longest;
    private int bytes;
    private int ownBytes;
    private long added;
    private long removed;

    Messages(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The bytes of all messages, and the overhead of each. */
    int bytes() {
        return bytes;
    }

    /** The bytes of the messages that are not shared. */
    int ownBytes() {
        return ownBytes;
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    /** The number of messages that were ever added. */
    long added() {
        return added;
    }

    /** The number of messages that were ever removed. */
    long removed() {
        return removed;
    }

    boolean isTooLong(Message message) {
        return message.length() > maxBytes;
    }

    /** If it is empty, it has room for every message that is not too long. */
    boolean hasRoomFor(Message message) {
        if (message.length() == 0) return true;
        return isEmpty() ? !isTooLong(message) : cost(message) <= maxBytes - bytes;
    }

    private static int cost(Message message) {
        return (int) Math.min((long) message.length() + OVERHEAD_BYTES, Integer.MAX_VALUE);
    }

    /** Adds a message for which there is room. An empty one needs no place. */
    void add(Message message) {
        if (message.length() == 0) return;
        messages.add(message); // first: it may fail for lack of memory
        longest = Math.max(longest, messages.size());
        bytes += cost(message);
        if (!message.shared()) ownBytes += message.length();
        added++;
    }

    /** Removes the oldest message. */
    Message remove() {
        Message message = messages.remove();
        bytes -= cost(message);
        if (!message.shared()) ownBytes -= message.length();
        removed++;
        return message;
    }

    /** Removes the oldest messages: not more than so many bytes, but at least one message. */
    ByteBuffer[] removeBatch(int mostBytes) {
        List<ByteBuffer> batch = new ArrayList<>();
        int length = 0;
        for (Message next; (next = messages.peek()) != null; length += next.length()) {
            if (!batch.isEmpty() && next.length() > mostBytes - length) break;
            batch.add(ByteBuffer.wrap(remove().bytes()));
        }
        if (isEmpty() && longest > KEPT_MESSAGES) clear();
        return batch.toArray(ByteBuffer[]::new);
    }

    /** Removes all messages, and frees their memory. */
    void clear() {
        removed = added;
        bytes = 0;
        ownBytes = 0;
        longest = 0;
        messages.clear();
        messages = new ArrayDeque<>(2); // last: it may fail for lack of memory
    }
}
