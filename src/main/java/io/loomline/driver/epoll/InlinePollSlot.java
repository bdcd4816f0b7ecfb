package io.loomline.driver.epoll;

import io.loomline.driver.carrier.Carriers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A place where one thread at a time waits for input in the kernel itself. That saves the two
 * threads which otherwise have to be woken, one to hear of the input and one to run the reader;
 * they cost more than all the rest of a short exchange. The reader holds its carrier meanwhile, so
 * this is for a connection that talks alone, and for a moment.
 *
 * <p><i>Threads:</i> the loop's, or the idle one in its place, tells what it is doing; readers ask.
 */
final class InlinePollSlot {
    private final Descriptor epoll;

    /** Of the one who has the place; its memory goes with it, as readers may outlive the loop. */
    private final BoundedPoll wait = new BoundedPoll(Arena.ofAuto());

    private final AtomicBoolean taken = new AtomicBoolean();

    /** Whether the loop has nothing to do: no other thread is about to be woken by it. */
    private volatile boolean loopIdle;

    /** How many events there were; only a difference counts. */
    private volatile int events;

    InlinePollSlot(Descriptor epoll) {
        this.epoll = epoll;
    }

    void loopIdle(boolean idle) {
        loopIdle = idle;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread at a time
    void addEvents(int count) {
        events += count;
    }

    int events() {
        return events;
    }

    /**
     * Takes the place, which {@link #give} gives back; false if it is taken, or not worth it. With
     * one carrier, whoever waits in the kernel would hold up all others.
     */
    boolean tryTake() {
        return Carriers.COUNT > 1 && loopIdle && taken.compareAndSet(false, true);
    }

    void give() {
        taken.set(false);
    }

    /** Has the loop told of other events from now on, and at once of those that there are. */
    void watch(EpollKey key, int interest) throws IOException {
        int events = interest | Epoll.EDGE_TRIGGERED;
        Errno.checked(
                epoll.use(number ->
                        key.descriptor().use(n -> Epoll.modify(number, n, events, key.id()))));
    }

    /** Waits for a moment; whether a read would tell something. */
    boolean await(int descriptor) {
        return wait.await(descriptor);
    }
}
