package io.loomline.driver.epoll;

import io.loomline.driver.carrier.Carriers;
import io.loomline.driver.libc.Errno;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Permits one reader at a time to poll for its input in the kernel itself. Otherwise two threads
 * have to be woken for the input, the polling thread and the reader's carrier, which costs more
 * than the rest of a short exchange. The reader holds its carrier meanwhile. So this is for a
 * connection that is active alone, and for a bounded time.
 *
 * <p><i>Threads:</i> the polling thread reports its activity; readers acquire the slot.
 */
final class InlinePollSlot {
    private final Descriptor epoll;

    /**
     * Confined to the holder of the slot. Has its own arena, because readers may outlive the loop.
     */
    private final BoundedPoll boundedPoll = new BoundedPoll(Arena.ofAuto());

    private final AtomicBoolean taken = new AtomicBoolean();

    /** Whether the loop has nothing to do, so that it is not about to wake other threads. */
    private volatile boolean loopIdle;

    /** The number of events so far. Only differences count, so it may overflow. */
    private volatile int events;

    InlinePollSlot(Descriptor epoll) {
        this.epoll = epoll;
    }

    void loopIdle(boolean idle) {
        loopIdle = idle;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread polls at a time
    void addEvents(int count) {
        events += count;
    }

    int events() {
        return events;
    }

    /**
     * Acquires the slot until {@link #release}. Returns false if it is taken, or if an inline poll
     * does not pay off. With a single carrier, it would block all other virtual threads.
     */
    boolean tryAcquire() {
        return Carriers.COUNT > 1 && loopIdle && taken.compareAndSet(false, true);
    }

    void release() {
        assert taken.get() : "released without being acquired";
        taken.set(false);
    }

    /**
     * Changes the events that the loop watches for. Those that are pending are reported at once.
     */
    void watch(EpollKey key, int interest) throws IOException {
        int events = interest | Epoll.EDGE_TRIGGERED;
        Errno.checked(
                epoll.use(number ->
                        key.descriptor().use(n -> Epoll.modify(number, n, events, key.id()))));
    }

    /** Waits for a bounded time. Returns whether input or its end is available. */
    boolean await(int descriptor) {
        assert taken.get() : "polled without the slot";
        return boundedPoll.await(descriptor);
    }
}
