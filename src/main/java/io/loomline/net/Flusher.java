package io.loomline.net;

import io.loomline.task.Clock;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends what connections left in their buffers, a millisecond later at most: for a task that has
 * answered, and computes before it waits for input. One for all connections of a runtime; it costs
 * nothing while nobody leaves bytes behind.
 */
final class Flusher {
    /** The longest that bytes may wait for more to go with. */
    private static final Duration DELAY = Duration.ofMillis(1);

    /** An output with bytes in its buffer. */
    interface Unsent {
        /** Sends what can be sent now, and sees to the rest. Never waits. */
        void flushLater();
    }

    private final Clock clock;
    private final Queue<Unsent> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    Flusher(Clock clock) {
        this.clock = clock;
    }

    Clock clock() {
        return clock;
    }

    /** Takes care of an output. Each output asks again only after it was seen to. */
    void later(Unsent output) {
        waiting.add(output);
        schedule();
    }

    private void schedule() {
        if (!scheduled.compareAndSet(false, true)) return;
        // on a thread of its own: the clock's must not do I/O
        var _ = clock.schedule(DELAY, () -> Thread.startVirtualThread(this::flushAll));
    }

    private void flushAll() {
        scheduled.set(false); // first: whoever comes from here on schedules anew
        for (Unsent output; (output = waiting.poll()) != null; ) output.flushLater();
    }
}
