package io.loomline.concurrent;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A given number of values in the order in which they arrive, for any number of writers and
 * readers.
 */
public final class Arrivals<T> {
    private final List<Slot<T>> slots;
    private final AtomicInteger arrived = new AtomicInteger();

    private static final class Slot<T> {
        final Event filled = new JoinWait();

        /** Written before the event fires, read after it. */
        @Nullable T value;
    }

    public Arrivals(int size) {
        slots = Stream.generate(Slot<T>::new).limit(size).toList();
    }

    public int size() {
        return slots.size();
    }

    /** Whether all values have arrived. */
    public boolean isComplete() {
        return arrived.get() == slots.size();
    }

    /** Adds a value and wakes the readers that wait for it. */
    public void add(T value) {
        Slot<T> slot = slots.get(arrived.getAndIncrement());
        slot.value = value;
        slot.filled.fire();
    }

    /** Happens when the value with an index has arrived. */
    public Event arrivalOf(int index) {
        return slots.get(index).filled;
    }

    /** The value with an index, after {@link #arrivalOf its arrival}. */
    public T get(int index) {
        assert slots.get(index).filled.hasFired();
        return Objects.requireNonNull(slots.get(index).value);
    }
}
