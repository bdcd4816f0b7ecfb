package io.loomline.concurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/** A wait for some of several events. */
public final class EventCount implements AutoCloseable {
    private final List<Event> events;
    private final List<Event.Waiter> waiters = new ArrayList<>();
    private final AtomicInteger missing;
    private final IntPredicate endsWait;
    private final Event enough = new JoinWait();

    /**
     * Starts to count.
     *
     * @param events the events; without any, the wait is over
     * @param endsWait whether the event with an index ends the wait; the last one always does
     */
    public EventCount(List<Event> events, IntPredicate endsWait) {
        this.events = events;
        this.endsWait = endsWait;
        this.missing = new AtomicInteger(events.size());
        if (events.isEmpty()) enough.fire();
        for (int i = 0; i < events.size(); i++) {
            int index = i;
            waiters.add(events.get(i).whenFired(() -> count(index)));
        }
    }

    private void count(int index) {
        boolean last = missing.decrementAndGet() == 0;
        if (endsWait.test(index) || last) enough.fire();
    }

    /** Happens when the wait is over. */
    public Event enough() {
        return enough;
    }

    /** Removes the callbacks, so that a long-lived event does not accumulate them. */
    @Override
    public void close() {
        for (int i = 0; i < events.size(); i++) events.get(i).remove(waiters.get(i));
    }
}
