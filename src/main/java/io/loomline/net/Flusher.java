package io.loomline.net;

import io.loomline.task.Clock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sees to bytes that connections leave in their buffers: for a task that has answered, and computes
 * before it waits for input. One for all connections of a runtime. It looks at those that have left
 * some, and what lies there at two looks is sent: after a millisecond at most. It costs nothing
 * while nobody leaves bytes behind, and no more than the look for those who send them soon.
 */
final class Flusher {
    private static final Duration BETWEEN_LOOKS = Duration.ofNanos(500_000);

    /** An output with bytes in its buffer. */
    interface Unsent {
        /**
         * Sees to bytes that were there at the last look already. Never waits.
         *
         * @return whether to look again; if not, the output says so when it leaves bytes again
         */
        boolean look();
    }

    private final Clock clock;
    private final Queue<Unsent> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Those to look at again; of the look that is under way. */
    private final List<Unsent> watched = new ArrayList<>();

    Flusher(Clock clock) {
        this.clock = clock;
    }

    Clock clock() {
        return clock;
    }

    /** Looks at an output from now on. */
    void watch(Unsent output) {
        arrived.add(output);
        schedule();
    }

    private void schedule() {
        if (!scheduled.compareAndSet(false, true)) return;
        var _ = clock.schedule(BETWEEN_LOOKS, this::lookAtAll);
    }

    private void lookAtAll() {
        try {
            for (Unsent output; (output = arrived.poll()) != null; ) watched.add(output);
            watched.removeIf(output -> !output.look());
        } finally {
            boolean again = !watched.isEmpty();
            scheduled.set(false); // whoever comes from here on schedules anew
            if (again || !arrived.isEmpty()) schedule();
        }
    }
}
