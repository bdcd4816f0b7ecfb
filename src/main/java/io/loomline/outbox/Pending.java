package io.loomline.outbox;

import io.loomline.concurrent.Event;
import io.loomline.task.Deadline;

import org.jspecify.annotations.Nullable;

/** A message offered to a queue: taken, refused, or waiting for room. */
final class Pending {
    /** The class of a park blocker in a thread dump. */
    private static final class QueueWait extends Event {}

    static final Pending TAKEN = decided(true);
    static final Pending REFUSED = decided(false);

    final Message message;

    /** The end of the wait; null if the message does not wait. */
    final @Nullable Deadline deadline;

    final Event decided = new QueueWait();

    /** Written before the event fires, under the lock of the queue. */
    boolean taken;

    Pending(Message message, @Nullable Deadline deadline) {
        this.message = message;
        this.deadline = deadline;
    }

    private static Pending decided(boolean taken) {
        var pending = new Pending(new Message(new byte[0], true), null);
        pending.decide(taken);
        return pending;
    }

    void decide(boolean taken) {
        this.taken = taken;
        decided.fire();
    }
}
